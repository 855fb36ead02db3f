/** Vectors of npm compact-encoding, round trips and hostile bytes. */
@NullMarked
package org.peerstead.securestream.encoding;

import org.jspecify.annotations.NullMarked;
