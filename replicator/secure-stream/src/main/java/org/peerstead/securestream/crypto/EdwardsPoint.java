package org.peerstead.securestream.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A point of edwards25519, the curve -x^2 + y^2 = 1 + d x^2 y^2 over 2^255 - 19, in extended
 * coordinates (x = X/Z, y = Y/Z, T = XY/Z), after Hisil, Wong, Carter and Dawson, "Twisted Edwards
 * Curves Revisited" (2008). An operation overwrites the point it is called on.
 *
 * <p>The addition formula holds for every pair of points (d is not a square), so there are no
 * special cases.
 *
 * <p>Not thread-safe; confined to this package.
 */
final class EdwardsPoint {
  private static final int WINDOW_BITS = 4;
  private static final int TABLE_SIZE = 1 << WINDOW_BITS;

  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** d = -121665/121666, as RFC 8032 section 5.1 gives it. */
  private static final FieldElement D =
      field("a3785913ca4deb75abd841414d0a700098e879777940c78c73fe6f2bee6c0352");

  static final FieldElement TWO_D = new FieldElement();

  static {
    TWO_D.add(D, D);
  }

  /** The group order L = 2^252 + 27742317777372353535851937790883648493, little endian. */
  private static final byte[] ORDER =
      HexFormat.of().parseHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

  /**
   * y coordinates of the points of order 8, as little-endian words; those of order 1, 2 and 4 are
   * 1, -1 and 0.
   */
  private static final long[][] ORDER_8_Y = {
    words("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    words("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
  };

  final FieldElement x = new FieldElement();
  final FieldElement y = new FieldElement();
  final FieldElement z = new FieldElement();

  /** Not kept up by the operations that leave it out. */
  final FieldElement t = new FieldElement();

  // The result of the latest operation is X = E F, Y = G H, Z = F G, T = E H.
  private final FieldElement e = new FieldElement();
  private final FieldElement f = new FieldElement();
  private final FieldElement g = new FieldElement();
  private final FieldElement h = new FieldElement();

  /** The neutral element. */
  EdwardsPoint() {
    setNeutral();
  }

  /**
   * The point of 32 bytes at {@code offset}.
   *
   * @return null when it is of small order, not reduced or not on the curve
   */
  static @Nullable EdwardsPoint decode(byte[] array, int offset) {
    EdwardsPoint point = new EdwardsPoint();
    return point.setDecoded(array, offset) ? point : null;
  }

  /** Becomes the neutral element. */
  void setNeutral() {
    x.set(0);
    y.set(1);
    z.set(1);
    t.set(0);
  }

  /** Becomes {@code other}. */
  void set(EdwardsPoint other) {
    x.set(other.x);
    y.set(other.y);
    z.set(other.z);
    t.set(other.t);
  }

  /**
   * Becomes the point of 32 bytes at {@code offset}; takes longer for some.
   *
   * @return false when it is of small order, not reduced or not on the curve
   */
  boolean setDecoded(byte[] array, int offset) {
    if (isSmallOrderOrNonCanonical(array, offset)) {
      return false;
    }
    y.decode(array, offset);
    z.set(1);
    // x^2 = (y^2 - 1) / (d y^2 + 1), both made tight by multiplying.
    e.square(y);
    f.subtract(e, z);
    f.multiply(f, z);
    g.multiply(e, D);
    g.add(g, z);
    if (!x.setRootOfRatio(f, g)) {
      return false;
    }
    // x is not 0: that would be a point of order 1 or 2.
    if (x.isOdd() != array[offset + 31] < 0) {
      x.negate(x);
      x.multiply(x, z);
    }
    t.multiply(x, y);
    return true;
  }

  /** Becomes its opposite; Z has to be 1. */
  void negateAffine() {
    x.negate(x);
    x.multiply(x, z);
    t.multiply(x, y);
  }

  /** Whether the 32 bytes at {@code offset} have a y of a point of small order, or not below p. */
  static boolean isSmallOrderOrNonCanonical(byte[] array, int offset) {
    long w0 = (long) WORDS.get(array, offset);
    long w1 = (long) WORDS.get(array, offset + 8);
    long w2 = (long) WORDS.get(array, offset + 16);
    long w3 = (long) WORDS.get(array, offset + 24) & Long.MAX_VALUE;
    // 0 and 1; p - 1 = 2^255 - 20 and everything above it.
    return ((w1 | w2 | w3) == 0 && w0 >>> 1 == 0)
        || ((w1 & w2) == -1 && w3 == Long.MAX_VALUE && Long.compareUnsigned(w0, -20) >= 0)
        || isY(ORDER_8_Y[0], w0, w1, w2, w3)
        || isY(ORDER_8_Y[1], w0, w1, w2, w3);
  }

  private static boolean isY(long[] y, long w0, long w1, long w2, long w3) {
    return w0 == y[0] && w1 == y[1] && w2 == y[2] && w3 == y[3];
  }

  /** Writes the compressed form: y with the lowest bit of x on top. */
  void encode(byte[] array, int offset) {
    e.invert(z);
    f.multiply(x, e);
    g.multiply(y, e);
    g.encode(array, offset);
    if (f.isOdd()) {
      array[offset + 31] |= (byte) 0x80;
    }
  }

  /** Whether X and T are 0 and Y is Z; T is not looked at. */
  boolean isNeutral() {
    e.subtract(y, z);
    return e.isZero() && x.isZero();
  }

  /** Whether the point has no torsion part: L times the point is the neutral element. */
  boolean hasPrimeOrder() {
    return times(ORDER).isNeutral();
  }

  /**
   * Doubles; T is neither needed nor, unless wanted, computed. Section 4.4 of the paper.
   *
   * @param isExtended whether T is needed for what follows, which is so for an addition
   */
  void twice(boolean isExtended) {
    // With C = 2 Z^2: H = X^2 + Y^2, G = Y^2 - X^2, E = (X + Y)^2 - H, F = C - G.
    e.add(x, y);
    f.square(x);
    g.square(y);
    h.add(g, f);
    g.subtract(g, f);
    e.square(e);
    e.subtractLoose(e, h);
    f.square(z);
    f.add(f, f);
    f.subtractLoose(f, g);
    finish(isExtended);
  }

  /**
   * Adds {@code addend}; T is needed.
   *
   * @param isExtended whether T is needed for what follows, which is so for an addition
   */
  void add(Addend addend, boolean isExtended) {
    combine(addend.sum, addend.difference, addend);
    // F = D - C, G = D + C; C is in f and D in z.
    g.add(z, f);
    f.subtract(z, f);
    finish(isExtended);
  }

  /** Subtracts {@code addend}, else as {@link #add}. */
  void subtract(Addend addend, boolean isExtended) {
    combine(addend.difference, addend.sum, addend);
    g.subtract(z, f);
    f.add(z, f);
    finish(isExtended);
  }

  /** What addition and subtraction share: E, H, and C in f, D in z. */
  private void combine(FieldElement sum, FieldElement difference, Addend addend) {
    g.subtract(y, x);
    g.multiply(g, difference);
    h.add(y, x);
    h.multiply(h, sum);
    f.multiply(t, addend.twoDT);
    z.multiply(z, addend.twoZ);
    e.subtract(h, g);
    h.add(h, g);
  }

  private void finish(boolean isExtended) {
    x.multiply(e, f);
    y.multiply(g, h);
    z.multiply(f, g);
    if (isExtended) {
      t.multiply(e, h);
    }
  }

  /**
   * This point times {@code scalar}, in the same time for every scalar: four bits at a time, the
   * same field operations and the same memory accesses.
   *
   * @param scalar 32 bytes, little endian
   */
  EdwardsPoint times(byte[] scalar) {
    Addend self = new Addend();
    self.set(this);
    Addend[] table = new Addend[TABLE_SIZE];
    table[0] = new Addend();
    EdwardsPoint multiple = new EdwardsPoint();
    for (int i = 1; i < TABLE_SIZE; i++) {
      multiple.add(self, true);
      table[i] = new Addend();
      table[i].set(multiple);
    }
    EdwardsPoint result = new EdwardsPoint();
    Addend selected = new Addend();
    for (int window = 2 * scalar.length - 1; window >= 0; window--) {
      for (int i = WINDOW_BITS; i > 0; i--) {
        result.twice(i == 1);
      }
      int digit = scalar[window / 2] >>> (WINDOW_BITS * (window & 1)) & (TABLE_SIZE - 1);
      for (int i = 0; i < TABLE_SIZE; i++) {
        // All ones when i equals digit, else 0: the digit leaves no trace.
        selected.setIf((long) ((i ^ digit) - 1) >> 63, table[i]);
      }
      result.add(selected, false);
    }
    return result;
  }

  private static FieldElement field(String hex) {
    FieldElement value = new FieldElement();
    value.decode(HexFormat.of().parseHex(hex), 0);
    return value;
  }

  private static long[] words(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    long[] words = new long[bytes.length / Long.BYTES];
    for (int i = 0; i < words.length; i++) {
      words[i] = (long) WORDS.get(bytes, Long.BYTES * i);
    }
    return words;
  }
}
