/** Vectors of npm hypercore-crypto, and the curve beside textbook arithmetic. */
@NullMarked
package org.peerstead.securestream.crypto;

import org.jspecify.annotations.NullMarked;
