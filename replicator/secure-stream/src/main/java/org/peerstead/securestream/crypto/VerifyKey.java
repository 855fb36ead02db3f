package org.peerstead.securestream.crypto;

import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.crypto.CryptoException.Reason;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * An Ed25519 public key, decoded once so that each verification is cheaper. Takes and refuses what
 * libsodium's {@code crypto_sign_verify_detached} takes and refuses, so that we and npm agree about
 * every signature, also about those that somebody made to divide us: keys and commitments of small
 * order or in non-canonical form and scalars that are not reduced are refused, and S B = R + h A
 * has to hold as it stands, not only after multiplication by the cofactor 8. Keys, messages and
 * signatures are public; how long a judgement takes depends on them.
 *
 * <p>Immutable and thread-safe.
 */
public final class VerifyKey {
  private final Fixed32 encoded;
  private final EdwardsPoint point;

  private VerifyKey(Fixed32 encoded, EdwardsPoint point) {
    this.encoded = encoded;
    this.point = point;
  }

  /**
   * Decodes {@code publicKey}.
   *
   * @throws CryptoException with {@code INVALID_POINT} when nothing could be signed with it
   */
  public static VerifyKey of(Fixed32 publicKey) throws CryptoException {
    @Nullable EdwardsPoint point = EdwardsPoint.decode(publicKey.toBytes(), 0);
    if (point == null) {
      throw new CryptoException(Reason.INVALID_POINT, "not a public key: " + publicKey);
    }
    return new VerifyKey(publicKey, point);
  }

  /** The key as it is written. */
  public Fixed32 publicKey() {
    return encoded;
  }

  /** Whether {@code signature} was made over {@code message}; false for any length but 64. */
  public boolean verify(Slice message, Slice signature) {
    return signature.length() == KeyPair.SIGNATURE_BYTES
        && new SignatureCheck().verify(encoded.toBytes(), point, message, signature);
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
