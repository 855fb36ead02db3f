package org.peerstead.securestream.crypto;

import java.util.Arrays;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.crypto.CryptoException.Reason;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * The Diffie-Hellman of npm {@code noise-curve-ed} 2.1.0: libsodium's {@code
 * crypto_scalarmult_ed25519_noclamp} with the clamped first half of SHA-512(seed). It works on the
 * Edwards curve itself, not on Curve25519, and the result keeps the sign of x.
 *
 * <p>Stateless and thread-safe; takes the same time for every private key.
 */
public final class PointAgreement {
  /** Size of the shared secret in bytes. */
  public static final int SECRET_BYTES = 32;

  private PointAgreement() {}

  /**
   * The secret that the owner of {@code own} shares with the owner of {@code remote}.
   *
   * @return 32 bytes, a compressed point; to be hashed before use as a key
   * @throws CryptoException with {@code INVALID_POINT} for points that libsodium refuses: of small
   *     order, with a torsion part, off the curve, or not in canonical form
   */
  public static byte[] agree(KeyPair own, Fixed32 remote) throws CryptoException {
    @Nullable EdwardsPoint point = EdwardsPoint.decode(remote.toBytes(), 0);
    if (point == null || !point.hasPrimeOrder()) {
      throw new CryptoException(Reason.INVALID_POINT, "no point of prime order: " + remote);
    }
    byte[] scalar = clampedScalar(own);
    EdwardsPoint shared = point.times(scalar);
    Arrays.fill(scalar, (byte) 0);
    if (shared.isNeutral()) {
      throw new CryptoException(Reason.INVALID_POINT, "no secret in common with " + remote);
    }
    byte[] secret = new byte[SECRET_BYTES];
    shared.encode(secret, 0);
    return secret;
  }

  /** The private scalar of a key pair (RFC 8032, section 5.1.5): 32 bytes, little endian. */
  static byte[] clampedScalar(KeyPair pair) {
    SHA512Digest digest = new SHA512Digest();
    byte[] hash = new byte[64];
    digest.update(pair.seedForAgreement(), 0, KeyPair.SEED_BYTES);
    digest.doFinal(hash, 0);
    byte[] scalar = Arrays.copyOf(hash, 32);
    Arrays.fill(hash, (byte) 0);
    scalar[0] &= (byte) 248;
    scalar[31] &= 127;
    scalar[31] |= 64;
    return scalar;
  }
}
