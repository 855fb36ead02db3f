/** Channels between two ends, hostile messages, and a recorded session. */
@NullMarked
package org.peerstead.securestream.protomux;

import org.jspecify.annotations.NullMarked;
