/**
 * The primitives of npm {@code hypercore-crypto} 3.7.0, {@code noise-curve-ed} 2.1.0 and the parts
 * of libsodium below them: BLAKE2b (RFC 7693), Ed25519 (RFC 8032), Diffie-Hellman on its curve,
 * HChaCha20, XSalsa20-Poly1305, key derivation and text forms of keys.
 *
 * <p>Built on the low-level classes of Bouncy Castle 1.87, but for BLAKE2b, the verification of
 * signatures and the Diffie-Hellman; never on the JDK's Ed25519, which is ten times slower. Entry
 * points: {@link org.peerstead.securestream.crypto.Blake2b}, {@link
 * org.peerstead.securestream.crypto.KeyPair}, {@link org.peerstead.securestream.crypto.VerifyKey}.
 */
@NullMarked
package org.peerstead.securestream.crypto;

import org.jspecify.annotations.NullMarked;
