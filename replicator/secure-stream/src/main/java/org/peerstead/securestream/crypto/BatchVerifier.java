package org.peerstead.securestream.crypto;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Checks many Ed25519 signatures of many keys together, which costs about half of checking each
 * alone. After Bernstein, Duif, Lange, Schwabe and Yang, "High-speed high-security signatures"
 * (2012), section 5: with random z of 128 bits for each signature, the sum of z (S B - h A - R) is
 * the neutral element for signatures that hold, and for others with a probability of 2^-127. All
 * products of the sum share their doublings.
 *
 * <p><b>Weaker than {@link VerifyKey} in one respect</b>: the sum is multiplied by the cofactor 8,
 * so a signature is accepted whose S B - h A - R is a point of small order, which {@link VerifyKey}
 * and libsodium refuse. Only the owner of a key can make one, and it does not let anybody sign for
 * anybody else. So this is for what every node judges for itself, as records of a DHT; not for what
 * all have to agree about, as the head of a log. Everything else is refused as there: keys and
 * commitments of small order, in non-canonical form or off the curve and scalars that are not
 * reduced.
 *
 * <p>Use: {@link #add} up to {@link #capacity} signatures, then {@link #verifyAll}, and so on. When
 * that is false, some of them are wrong, and {@link VerifyKey} tells which. Keeps no reference to
 * what was added. Keeps about 4 KB of room for each signature of the largest batch so far, and
 * allocates nothing else but a few short-lived numbers per point. Not thread-safe.
 */
public final class BatchVerifier {
  private static final int POINT_BYTES = 32;

  /** Size of a coefficient z in bytes. */
  private static final int COEFFICIENT_BYTES = 16;

  private static final int KEY_WIDTH = 5;
  private static final int COMMITMENT_WIDTH = 4;
  private static final int COFACTOR_BITS = 3;

  private final Entropy secrets;
  private final int capacity;
  private final List<Entry> entries = new ArrayList<>();
  private final Challenge challenge = new Challenge();
  private final Scalar scalars = challenge.scalars();
  private final byte[] key = new byte[POINT_BYTES];
  private final long[] coefficient = new long[Scalar.WORDS];
  private final long[] product = new long[Scalar.WORDS];
  private final long[] ofBase = new long[Scalar.WORDS];
  private final byte[] baseDigits = new byte[Scalar.MAX_DIGITS];
  private final EdwardsPoint sum = new EdwardsPoint();
  private int size;

  /** What is known of one signature. */
  private static final class Entry {
    final OddMultiples keyMultiples = new OddMultiples(KEY_WIDTH);
    final OddMultiples commitmentMultiples = new OddMultiples(COMMITMENT_WIDTH);
    final byte[] keyDigits = new byte[Scalar.MAX_DIGITS];
    final byte[] commitmentDigits = new byte[Scalar.MAX_DIGITS];
    final long[] s = new long[Scalar.WORDS];
    final long[] challenge = new long[Scalar.WORDS];
  }

  /**
   * A verifier without signatures.
   *
   * @param capacity how many signatures it checks together at most, 1 or more; beyond 64 there is
   *     little to gain
   * @param secrets where the coefficients come from; who can foresee them can forge
   */
  public BatchVerifier(int capacity, Entropy secrets) {
    if (capacity < 1) {
      throw new IllegalArgumentException("a capacity of " + capacity + ", not 1 or more");
    }
    this.secrets = secrets;
    this.capacity = capacity;
  }

  /** How many signatures can be added before they have to be verified. */
  public int capacity() {
    return capacity;
  }

  /** How many signatures were added since the latest {@link #verifyAll}. */
  public int size() {
    return size;
  }

  /**
   * Adds a signature, unless it is already known to be wrong.
   *
   * @return false when it is wrong; it is not part of the batch then
   * @throws IllegalStateException when there is no room
   */
  public boolean add(Fixed32 publicKey, Slice message, Slice signature) {
    if (size == capacity) {
      throw new IllegalStateException("verify the " + size + " signatures first");
    }
    if (size == entries.size()) {
      entries.add(new Entry());
    }
    Entry entry = entries.get(size);
    byte[] array = signature.array();
    int offset = signature.offset();
    publicKey.copyTo(key, 0);
    if (signature.length() != KeyPair.SIGNATURE_BYTES
        || !Scalar.decode(array, offset + POINT_BYTES, entry.s)
        || !setOpposite(entry.commitmentMultiples, array, offset)
        || !setOpposite(entry.keyMultiples, key, 0)) {
      return false;
    }
    challenge.compute(key, message, signature, entry.challenge);
    size++;
    return true;
  }

  /** Sets {@code multiples} to those of the opposite of an encoded point, if it is acceptable. */
  private boolean setOpposite(OddMultiples multiples, byte[] array, int offset) {
    if (!sum.setDecoded(array, offset)) {
      return false;
    }
    sum.negateAffine();
    multiples.set(sum);
    return true;
  }

  /**
   * Whether all added signatures hold, up to small order as said above; true when there are none.
   * The batch is empty afterwards.
   */
  public boolean verifyAll() {
    int count = size;
    size = 0;
    if (count == 0) {
      return true;
    }
    int length = chooseCoefficients(count);
    sum.setNeutral();
    for (int i = length - 1; i >= 0; i--) {
      sum.twice(true);
      for (int j = 0; j < count; j++) {
        Entry entry = entries.get(j);
        int keyDigit = entry.keyDigits[i];
        int commitmentDigit = entry.commitmentDigits[i];
        if (keyDigit != 0) {
          entry.keyMultiples.addTo(sum, keyDigit, true);
        }
        if (commitmentDigit != 0) {
          entry.commitmentMultiples.addTo(sum, commitmentDigit, true);
        }
      }
      if (baseDigits[i] != 0) {
        OddMultiples.BASE.addTo(sum, baseDigits[i], false);
      }
    }
    for (int i = 0; i < COFACTOR_BITS; i++) {
      sum.twice(false);
    }
    return sum.isNeutral();
  }

  /** Draws z for each signature and writes down z, z h and the sum of z S as digits. */
  private int chooseCoefficients(int count) {
    byte[] coefficients = secrets.next(COEFFICIENT_BYTES * count);
    Arrays.fill(ofBase, 0);
    int length = 0;
    for (int i = 0; i < count; i++) {
      Entry entry = entries.get(i);
      Scalar.decodeHalf(coefficients, COEFFICIENT_BYTES * i, coefficient);
      length =
          Math.max(length, Scalar.digits(coefficient, COMMITMENT_WIDTH, entry.commitmentDigits));
      scalars.multiply(coefficient, entry.challenge, product);
      length = Math.max(length, Scalar.digits(product, KEY_WIDTH, entry.keyDigits));
      scalars.multiply(coefficient, entry.s, product);
      Scalar.add(ofBase, product, ofBase);
    }
    return Math.max(length, Scalar.digits(ofBase, OddMultiples.BASE_WIDTH, baseDigits));
  }
}
