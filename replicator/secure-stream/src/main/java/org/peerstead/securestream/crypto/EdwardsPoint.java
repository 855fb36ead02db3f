package org.peerstead.securestream.crypto;

import java.util.HexFormat;
import org.bouncycastle.math.ec.rfc7748.X25519Field;
import org.jspecify.annotations.Nullable;

/**
 * A point of edwards25519, the curve -x^2 + y^2 = 1 + d x^2 y^2 over 2^255 - 19, in extended
 * coordinates (x = X/Z, y = Y/Z, T = XY/Z), after Hisil, Wong, Carter and Dawson, "Twisted Edwards
 * Curves Revisited" (2008). Neither the JDK nor Bouncy Castle offers multiplication of arbitrary
 * points in public; the field arithmetic is Bouncy Castle's.
 *
 * <p>The addition formula holds for every pair of points (d is not a square), so the multiplication
 * has no special cases: four bits of the scalar at a time, the same field operations and the same
 * memory accesses for every scalar.
 *
 * <p>Instances change only while they are made; confined to this package.
 */
final class EdwardsPoint {
  private static final int WINDOW_BITS = 4;
  private static final int TABLE_SIZE = 1 << WINDOW_BITS;

  /** d = -121665/121666, little endian, as RFC 8032 section 5.1 gives it. */
  private static final int[] D =
      field("a3785913ca4deb75abd841414d0a700098e879777940c78c73fe6f2bee6c0352");

  private static final int[] TWO_D = twice(D);

  /** The group order L = 2^252 + 27742317777372353535851937790883648493, little endian. */
  private static final byte[] ORDER =
      HexFormat.of().parseHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

  /**
   * y coordinates, little endian, of the points of order 8; those of order 1, 2 and 4 are 1, -1 and
   * 0.
   */
  private static final byte[][] ORDER_8_Y = {
    HexFormat.of().parseHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    HexFormat.of().parseHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
  };

  private final int[] x = X25519Field.create();
  private final int[] y = X25519Field.create();
  private final int[] z = X25519Field.create();
  private final int[] t = X25519Field.create();

  private EdwardsPoint() {
    X25519Field.one(y);
    X25519Field.one(z);
  }

  /**
   * Decodes a compressed point.
   *
   * @return null when it is of small order, not reduced or not on the curve
   */
  static @Nullable EdwardsPoint decode(byte[] encoded) {
    if (isSmallOrderOrNonCanonical(encoded, 0)) {
      return null;
    }
    EdwardsPoint point = new EdwardsPoint();
    X25519Field.decode255(encoded, 0, point.y, 0);
    int[] u = X25519Field.create();
    int[] v = X25519Field.create();
    X25519Field.sqr(point.y, u);
    X25519Field.mul(D, u, v);
    X25519Field.subOne(u);
    X25519Field.addOne(v);
    if (!X25519Field.sqrtRatioVar(u, v, point.x)) {
      return null;
    }
    X25519Field.normalize(point.x);
    // x is not 0: that would be a point of order 1 or 2.
    if ((point.x[0] & 1) != (encoded[31] & 0x80) >>> 7) {
      X25519Field.negate(point.x, point.x);
      X25519Field.normalize(point.x);
    }
    X25519Field.mul(point.x, point.y, point.t);
    return point;
  }

  /** Whether the 32 bytes at {@code offset} have a y of a point of small order, or not below p. */
  static boolean isSmallOrderOrNonCanonical(byte[] array, int offset) {
    boolean isAllOnes = (array[offset + 31] & 0x7f) == 0x7f;
    boolean isAllZero = (array[offset + 31] & 0x7f) == 0;
    for (int i = 1; i < 31; i++) {
      isAllOnes &= array[offset + i] == (byte) 0xff;
      isAllZero &= array[offset + i] == 0;
    }
    int lowest = array[offset] & 0xff;
    // p - 1 = 2^255 - 20 has lowest byte ec; everything above it is not reduced.
    if ((isAllOnes && lowest >= 0xec) || (isAllZero && lowest <= 1)) {
      return true;
    }
    return hasY(array, offset, ORDER_8_Y[0]) || hasY(array, offset, ORDER_8_Y[1]);
  }

  private static boolean hasY(byte[] array, int offset, byte[] y) {
    int difference = (array[offset + 31] & 0x7f) ^ y[31];
    for (int i = 0; i < 31; i++) {
      difference |= array[offset + i] ^ y[i];
    }
    return difference == 0;
  }

  /** Whether the point has no torsion part: L times the point is the neutral element. */
  boolean hasPrimeOrder() {
    return multiply(ORDER).isNeutral();
  }

  /** This point plus {@code other} times a factor of 0 to 7, both known to everybody. */
  EdwardsPoint plus(int factor, EdwardsPoint other) {
    EdwardsPoint sum = new EdwardsPoint();
    for (int bit = 2; bit >= 0; bit--) {
      sum.twice();
      if ((factor >>> bit & 1) != 0) {
        sum.add(other);
      }
    }
    sum.add(this);
    return sum;
  }

  boolean isNeutral() {
    int[] difference = X25519Field.create();
    X25519Field.sub(y, z, difference);
    X25519Field.normalize(difference);
    int[] abscissa = X25519Field.create();
    X25519Field.copy(x, 0, abscissa, 0);
    X25519Field.normalize(abscissa);
    return X25519Field.isZeroVar(difference) && X25519Field.isZeroVar(abscissa);
  }

  /**
   * This point times {@code scalar}, in the same time for every scalar.
   *
   * @param scalar 32 bytes, little endian
   */
  EdwardsPoint multiply(byte[] scalar) {
    EdwardsPoint[] table = new EdwardsPoint[TABLE_SIZE];
    table[0] = new EdwardsPoint();
    for (int i = 1; i < TABLE_SIZE; i++) {
      table[i] = new EdwardsPoint();
      table[i].set(table[i - 1]);
      table[i].add(this);
    }
    EdwardsPoint result = new EdwardsPoint();
    EdwardsPoint selected = new EdwardsPoint();
    for (int window = 2 * scalar.length - 1; window >= 0; window--) {
      for (int i = 0; i < WINDOW_BITS; i++) {
        result.twice();
      }
      int digit = scalar[window / 2] >>> (WINDOW_BITS * (window & 1)) & (TABLE_SIZE - 1);
      selected.select(table, digit);
      result.add(selected);
    }
    return result;
  }

  /** The compressed form: y with the lowest bit of x on top. */
  byte[] encode() {
    int[] inverse = X25519Field.create();
    int[] affineX = X25519Field.create();
    int[] affineY = X25519Field.create();
    X25519Field.inv(z, inverse);
    X25519Field.mul(x, inverse, affineX);
    X25519Field.mul(y, inverse, affineY);
    X25519Field.normalize(affineX);
    X25519Field.normalize(affineY);
    byte[] encoded = new byte[32];
    X25519Field.encode(affineY, encoded, 0);
    encoded[31] |= (byte) ((affineX[0] & 1) << 7);
    return encoded;
  }

  private void set(EdwardsPoint other) {
    X25519Field.copy(other.x, 0, x, 0);
    X25519Field.copy(other.y, 0, y, 0);
    X25519Field.copy(other.z, 0, z, 0);
    X25519Field.copy(other.t, 0, t, 0);
  }

  /** Becomes {@code table[digit]}, touching every entry so that the digit leaves no trace. */
  private void select(EdwardsPoint[] table, int digit) {
    for (int i = 0; i < table.length; i++) {
      // All ones when i equals digit, else 0.
      int mask = ((i ^ digit) - 1) >> 31;
      X25519Field.cmov(mask, table[i].x, 0, x, 0);
      X25519Field.cmov(mask, table[i].y, 0, y, 0);
      X25519Field.cmov(mask, table[i].z, 0, z, 0);
      X25519Field.cmov(mask, table[i].t, 0, t, 0);
    }
  }

  /** Adds {@code other}: section 3.1 of the paper with a = -1 and k = 2d. */
  private void add(EdwardsPoint other) {
    int[] a = X25519Field.create();
    int[] b = X25519Field.create();
    int[] c = X25519Field.create();
    int[] d = X25519Field.create();
    int[] e = X25519Field.create();
    int[] f = X25519Field.create();
    int[] g = X25519Field.create();
    int[] h = X25519Field.create();
    X25519Field.sub(y, x, e);
    X25519Field.sub(other.y, other.x, f);
    X25519Field.mul(e, f, a);
    X25519Field.add(y, x, e);
    X25519Field.add(other.y, other.x, f);
    X25519Field.mul(e, f, b);
    X25519Field.mul(t, other.t, c);
    X25519Field.mul(c, TWO_D, c);
    X25519Field.mul(z, other.z, d);
    X25519Field.add(d, d, d);
    X25519Field.apm(b, a, h, e);
    X25519Field.apm(d, c, g, f);
    finish(e, f, g, h);
  }

  /** Doubles: section 3.3 of the paper with a = -1. */
  private void twice() {
    int[] a = X25519Field.create();
    int[] b = X25519Field.create();
    int[] c = X25519Field.create();
    int[] e = X25519Field.create();
    int[] f = X25519Field.create();
    int[] g = X25519Field.create();
    int[] h = X25519Field.create();
    X25519Field.sqr(x, a);
    X25519Field.sqr(y, b);
    X25519Field.sqr(z, c);
    X25519Field.add(c, c, c);
    X25519Field.add(x, y, e);
    X25519Field.sqr(e, e);
    // With D = -A: G = B - A, F = G - C, H = -(A + B), E = (X + Y)^2 - A - B.
    X25519Field.apm(b, a, h, g);
    X25519Field.sub(e, h, e);
    X25519Field.negate(h, h);
    X25519Field.sub(g, c, f);
    finish(e, f, g, h);
  }

  private void finish(int[] e, int[] f, int[] g, int[] h) {
    // Products want reduced limbs.
    X25519Field.carry(e);
    X25519Field.carry(f);
    X25519Field.carry(g);
    X25519Field.carry(h);
    X25519Field.mul(e, f, x);
    X25519Field.mul(g, h, y);
    X25519Field.mul(f, g, z);
    X25519Field.mul(e, h, t);
  }

  private static int[] field(String hex) {
    int[] value = X25519Field.create();
    X25519Field.decode255(HexFormat.of().parseHex(hex), 0, value, 0);
    return value;
  }

  private static int[] twice(int[] value) {
    int[] result = X25519Field.create();
    X25519Field.add(value, value, result);
    X25519Field.carry(result);
    return result;
  }
}
