/** Vectors of libsodium's secretstream, hostile streams, and a whole recorded session. */
@NullMarked
package org.peerstead.securestream.stream;

import org.jspecify.annotations.NullMarked;
