package org.peerstead.securestream.crypto;

import java.util.Arrays;
import org.peerstead.securestream.encoding.Slice;

/**
 * Room to check Ed25519 signatures, one at a time. Whoever checks many keeps one. Everything about
 * a signature is public, so the time taken depends on the values.
 *
 * <p>S B - h A is computed from the top bit down, doubling once for both products, and has to have
 * the encoding of R. Both scalars are written with few digits, see {@link Scalar#digits}.
 *
 * <p>Not thread-safe.
 */
final class SignatureCheck {
  private static final int POINT_BYTES = 32;
  private static final int KEY_WIDTH = 5;

  private final Challenge challenges = new Challenge();
  private final byte[] encoded = new byte[POINT_BYTES];
  private final long[] s = new long[Scalar.WORDS];
  private final long[] challenge = new long[Scalar.WORDS];
  private final byte[] sDigits = new byte[Scalar.MAX_DIGITS];
  private final byte[] challengeDigits = new byte[Scalar.MAX_DIGITS];
  private final EdwardsPoint sum = new EdwardsPoint();
  private final OddMultiples keyMultiples = new OddMultiples(KEY_WIDTH);

  /**
   * Whether {@code signature} was made over {@code message}.
   *
   * @param publicKey 32 bytes
   * @param key the point that these are
   * @param signature 64 bytes
   */
  boolean verify(byte[] publicKey, EdwardsPoint key, Slice message, Slice signature) {
    byte[] array = signature.array();
    int offset = signature.offset();
    if (EdwardsPoint.isSmallOrderOrNonCanonical(array, offset)
        || !Scalar.decode(array, offset + POINT_BYTES, s)) {
      return false;
    }
    challenges.compute(publicKey, message, signature, challenge);
    sum.set(key);
    sum.negateAffine();
    keyMultiples.set(sum);
    int length =
        Math.max(
            Scalar.digits(challenge, KEY_WIDTH, challengeDigits),
            Scalar.digits(s, OddMultiples.BASE_WIDTH, sDigits));
    sum.setNeutral();
    for (int i = length - 1; i >= 0; i--) {
      int ofKey = challengeDigits[i];
      int ofBase = sDigits[i];
      sum.twice((ofKey | ofBase) != 0);
      if (ofKey != 0) {
        keyMultiples.addTo(sum, ofKey, ofBase != 0);
      }
      if (ofBase != 0) {
        OddMultiples.BASE.addTo(sum, ofBase, false);
      }
    }
    sum.encode(encoded, 0);
    return Arrays.equals(encoded, 0, POINT_BYTES, array, offset, offset + POINT_BYTES);
  }
}
