/** Tests of discovery, and what they share. */
@NullMarked
package org.peerstead.discovery;

import org.jspecify.annotations.NullMarked;
