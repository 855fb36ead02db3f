/**
 * Noise handshakes (revision 34) as npm {@code noise-handshake} 4.2.0 runs them with {@code
 * noise-curve-ed} 2.1.0: {@code Noise_XX_Ed25519_ChaChaPoly_BLAKE2b} for streams over TCP and
 * {@code Noise_IK_Ed25519_ChaChaPoly_BLAKE2b} for HyperDHT. Not X25519: public keys are compressed
 * Edwards points and identical with the signing keys.
 *
 * <p>Entry point: {@link org.peerstead.securestream.noise.NoiseHandshake}.
 */
@NullMarked
package org.peerstead.securestream.noise;

import org.jspecify.annotations.NullMarked;
