/** Channels between two ends, hostile messages, and recorded ones. */
@NullMarked
package org.peerstead.securestream.protomux;

import org.jspecify.annotations.NullMarked;
