package org.peerstead.securestream.crypto;

import java.math.BigInteger;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.crypto.CryptoException.Reason;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * An Ed25519 public key, decoded once so that each verification is cheaper. Takes and refuses what
 * libsodium's {@code crypto_sign_verify_detached} takes and refuses, so that we and npm agree about
 * every signature, also about those that somebody made to divide us: keys and commitments of small
 * order or in non-canonical form and scalars that are not reduced are refused, and S B = R + h A
 * has to hold as it stands, not only after multiplication by the cofactor 8.
 *
 * <p>Immutable and thread-safe.
 */
public final class VerifyKey {
  private static final BigInteger ORDER =
      BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));

  private final Fixed32 encoded;
  private final Ed25519.PublicPoint point;
  private final EdwardsPoint torsionPoint;

  private VerifyKey(Fixed32 encoded, Ed25519.PublicPoint point, EdwardsPoint torsionPoint) {
    this.encoded = encoded;
    this.point = point;
    this.torsionPoint = torsionPoint;
  }

  /**
   * Decodes {@code publicKey}.
   *
   * @throws CryptoException with {@code INVALID_POINT} when nothing could be signed with it
   */
  public static VerifyKey of(Fixed32 publicKey) throws CryptoException {
    Ed25519.@Nullable PublicPoint point =
        Ed25519.validatePublicKeyPartialExport(publicKey.toBytes(), 0);
    @Nullable EdwardsPoint torsionPoint = EdwardsPoint.decode(publicKey.toBytes());
    if (point == null || torsionPoint == null) {
      throw new CryptoException(Reason.INVALID_POINT, "not a public key: " + publicKey);
    }
    return new VerifyKey(publicKey, point, torsionPoint);
  }

  /** The key as it is written. */
  public Fixed32 publicKey() {
    return encoded;
  }

  /** Whether {@code signature} was made over {@code message}; false for any length but 64. */
  public boolean verify(Slice message, Slice signature) {
    if (signature.length() != KeyPair.SIGNATURE_BYTES
        || EdwardsPoint.isSmallOrderOrNonCanonical(signature.array(), signature.offset())) {
      return false;
    }
    return Ed25519.verify(
            signature.array(),
            signature.offset(),
            point,
            message.array(),
            message.offset(),
            message.length())
        && isExact(message, signature);
  }

  /**
   * Whether S B = R + h A, when that is known to hold times 8, which is what Bouncy Castle checks.
   * The difference of both sides is then a torsion point, that of R + h A because B has none.
   * Torsion points have orders up to 8, so R + (h mod 8) A has the same one, and shows it when
   * multiplied by the group order.
   */
  private boolean isExact(Slice message, Slice signature) {
    @Nullable EdwardsPoint commitment =
        EdwardsPoint.decode(signature.range(0, Fixed32.SIZE).toByteArray());
    if (commitment == null) {
      return false;
    }
    EdwardsPoint sum = commitment.plus(challengeModulo8(message, signature), torsionPoint);
    // R may be chosen so that nothing is left, which is no torsion.
    return sum.isNeutral() || Ed25519.validatePublicKeyFull(sum.encode(), 0);
  }

  /** h = SHA-512(R, A, message) modulo the group order, modulo 8. */
  private int challengeModulo8(Slice message, Slice signature) {
    SHA512Digest digest = new SHA512Digest();
    digest.update(signature.array(), signature.offset(), Fixed32.SIZE);
    digest.update(encoded.toBytes(), 0, Fixed32.SIZE);
    digest.update(message.array(), message.offset(), message.length());
    byte[] hash = new byte[digest.getDigestSize()];
    digest.doFinal(hash, 0);
    for (int i = 0; i < hash.length / 2; i++) {
      byte swapped = hash[i];
      hash[i] = hash[hash.length - 1 - i];
      hash[hash.length - 1 - i] = swapped;
    }
    return new BigInteger(1, hash).mod(ORDER).intValue() & 7;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VerifyKey that && encoded.equals(that.encoded);
  }

  @Override
  public int hashCode() {
    return encoded.hashCode();
  }

  @Override
  public String toString() {
    return "VerifyKey[" + encoded + "]";
  }
}
