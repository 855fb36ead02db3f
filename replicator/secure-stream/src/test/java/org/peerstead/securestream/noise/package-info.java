/** Vectors of npm noise-handshake, and handshakes that go wrong. */
@NullMarked
package org.peerstead.securestream.noise;

import org.jspecify.annotations.NullMarked;
