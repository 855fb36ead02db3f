package org.peerstead.securestream.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * An integer modulo p = 2^255 - 19 that operations overwrite: {@code c.multiply(a, b)} makes c the
 * product. Operands and result may be the same element.
 *
 * <p>The value is l0 + 2^51 l1 + 2^102 l2 + 2^153 l3 + 2^204 l4. Limbs may be larger than 51 bits,
 * so that sums need no carrying. With t = 2^51 + 2^18:
 *
 * <ul>
 *   <li>what {@link #multiply}, {@link #square} and {@link #decode} make is <em>tight</em>: limbs
 *       below t;
 *   <li>{@link #add} and {@link #subtract} add up: the sum of two tight elements has limbs below
 *       2t, their difference below 3t, and {@link #subtractLoose} takes a subtrahend up to 3t and
 *       adds 4t;
 *   <li>{@link #multiply} takes factors with limbs below 6.5t, {@link #square} below 6t.
 * </ul>
 *
 * <p>Multiplication: a product of two limbs has up to 116 bits. {@link Math#multiplyHigh} of the
 * factors shifted left by 13 bits together gives its bits from 51 on; the sum of these over a
 * column, subtracted from the sum of the products modulo 2^64, leaves the sum of what is below bit
 * 51, exactly because that is small. So no carry has to be found out by comparison. Columns above
 * the fifth come back 19 times because 2^255 = 19. Every column stays below 2^64, so one round of
 * carrying makes the result tight.
 *
 * <p>Takes the same time for all values but in the methods that say otherwise. Not thread-safe.
 */
final class FieldElement {
  private static final int BITS = 51;
  private static final long MASK = (1L << BITS) - 1;

  // The limbs of 2p and 4p.
  private static final long TWO_P_LOWEST = 2 * (MASK - 18);
  private static final long TWO_P = 2 * MASK;
  private static final long FOUR_P_LOWEST = 2 * TWO_P_LOWEST;
  private static final long FOUR_P = 2 * TWO_P;

  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** A square root of -1: 2^((p - 1) / 4). */
  private static final FieldElement ROOT_OF_MINUS_ONE = new FieldElement();

  static {
    FieldElement two = new FieldElement();
    two.set(2);
    // (p - 1) / 4 = 2 (p - 5) / 8 + 1.
    ROOT_OF_MINUS_ONE.powerForRoot(two);
    ROOT_OF_MINUS_ONE.square(ROOT_OF_MINUS_ONE);
    ROOT_OF_MINUS_ONE.multiply(ROOT_OF_MINUS_ONE, two);
  }

  private long l0;
  private long l1;
  private long l2;
  private long l3;
  private long l4;

  /** Becomes {@code value}, 0 or more and below 2^51. */
  void set(long value) {
    l0 = value;
    l1 = 0;
    l2 = 0;
    l3 = 0;
    l4 = 0;
  }

  /** Becomes {@code a}. */
  void set(FieldElement a) {
    l0 = a.l0;
    l1 = a.l1;
    l2 = a.l2;
    l3 = a.l3;
    l4 = a.l4;
  }

  /** Becomes {@code a} where {@code mask} is -1, stays as it is where {@code mask} is 0. */
  void setIf(long mask, FieldElement a) {
    l0 ^= (l0 ^ a.l0) & mask;
    l1 ^= (l1 ^ a.l1) & mask;
    l2 ^= (l2 ^ a.l2) & mask;
    l3 ^= (l3 ^ a.l3) & mask;
    l4 ^= (l4 ^ a.l4) & mask;
  }

  /** Becomes the 255 lower bits of the 32 bytes at {@code offset}, little endian. */
  void decode(byte[] array, int offset) {
    long w0 = (long) WORDS.get(array, offset);
    long w1 = (long) WORDS.get(array, offset + 8);
    long w2 = (long) WORDS.get(array, offset + 16);
    long w3 = (long) WORDS.get(array, offset + 24);
    l0 = w0 & MASK;
    l1 = (w0 >>> 51 | w1 << 13) & MASK;
    l2 = (w1 >>> 38 | w2 << 26) & MASK;
    l3 = (w2 >>> 25 | w3 << 39) & MASK;
    l4 = w3 >>> 12 & MASK;
  }

  /** Writes the value below p to the 32 bytes at {@code offset}, little endian. Wants 6t. */
  void encode(byte[] array, int offset) {
    long c0 = l0;
    long c1 = l1;
    long c2 = l2;
    long c3 = l3;
    long c4 = l4;
    // After two rounds the value is below 2^255 + 2^51, which is less than 2p.
    for (int round = 0; round < 2; round++) {
      c1 += c0 >>> BITS;
      c2 += c1 >>> BITS;
      c3 += c2 >>> BITS;
      c4 += c3 >>> BITS;
      c0 = (c0 & MASK) + 19 * (c4 >>> BITS);
      c1 &= MASK;
      c2 &= MASK;
      c3 &= MASK;
      c4 &= MASK;
    }
    // Whether it is p or more: then adding 19 overflows bit 255.
    long excess = c0 + 19 >>> BITS;
    excess = c1 + excess >>> BITS;
    excess = c2 + excess >>> BITS;
    excess = c3 + excess >>> BITS;
    excess = c4 + excess >>> BITS;
    c0 += 19 * excess;
    c1 += c0 >>> BITS;
    c2 += c1 >>> BITS;
    c3 += c2 >>> BITS;
    c4 += c3 >>> BITS;
    c0 &= MASK;
    c1 &= MASK;
    c2 &= MASK;
    c3 &= MASK;
    c4 &= MASK;
    WORDS.set(array, offset, c0 | c1 << 51);
    WORDS.set(array, offset + 8, c1 >>> 13 | c2 << 38);
    WORDS.set(array, offset + 16, c2 >>> 26 | c3 << 25);
    WORDS.set(array, offset + 24, c3 >>> 39 | c4 << 12);
  }

  /** Whether this is 0 modulo p. */
  boolean isZero() {
    byte[] encoded = new byte[32];
    encode(encoded, 0);
    int bits = 0;
    for (byte each : encoded) {
      bits |= each;
    }
    return bits == 0;
  }

  /** Whether the value below p is odd, which is called the sign of x. */
  boolean isOdd() {
    byte[] encoded = new byte[32];
    encode(encoded, 0);
    return (encoded[0] & 1) != 0;
  }

  /** Becomes {@code a} + {@code b}. */
  void add(FieldElement a, FieldElement b) {
    l0 = a.l0 + b.l0;
    l1 = a.l1 + b.l1;
    l2 = a.l2 + b.l2;
    l3 = a.l3 + b.l3;
    l4 = a.l4 + b.l4;
  }

  /** Becomes {@code a} - {@code b}, b being tight; adds 2t to the bound of a. */
  void subtract(FieldElement a, FieldElement b) {
    l0 = a.l0 + TWO_P_LOWEST - b.l0;
    l1 = a.l1 + TWO_P - b.l1;
    l2 = a.l2 + TWO_P - b.l2;
    l3 = a.l3 + TWO_P - b.l3;
    l4 = a.l4 + TWO_P - b.l4;
  }

  /** Becomes {@code a} - {@code b}, b having limbs up to 3t; adds 4t to the bound of a. */
  void subtractLoose(FieldElement a, FieldElement b) {
    l0 = a.l0 + FOUR_P_LOWEST - b.l0;
    l1 = a.l1 + FOUR_P - b.l1;
    l2 = a.l2 + FOUR_P - b.l2;
    l3 = a.l3 + FOUR_P - b.l3;
    l4 = a.l4 + FOUR_P - b.l4;
  }

  /** Becomes -{@code a}, a being tight. */
  void negate(FieldElement a) {
    l0 = TWO_P_LOWEST - a.l0;
    l1 = TWO_P - a.l1;
    l2 = TWO_P - a.l2;
    l3 = TWO_P - a.l3;
    l4 = TWO_P - a.l4;
  }

  /** Becomes {@code a} times {@code b}. */
  void multiply(FieldElement a, FieldElement b) {
    long a0 = a.l0;
    long b0 = b.l0;
    long a1 = a.l1;
    long b1 = b.l1;
    long a2 = a.l2;
    long b2 = b.l2;
    long a3 = a.l3;
    long b3 = b.l3;
    long a4 = a.l4;
    long b4 = b.l4;
    long h0 = a0 << 8;
    long g0 = b0 << 5;
    long h1 = a1 << 8;
    long g1 = b1 << 5;
    long h2 = a2 << 8;
    long g2 = b2 << 5;
    long h3 = a3 << 8;
    long g3 = b3 << 5;
    long h4 = a4 << 8;
    long g4 = b4 << 5;
    long m1 = b1 * 19;
    long n1 = m1 << 5;
    long m2 = b2 * 19;
    long n2 = m2 << 5;
    long m3 = b3 * 19;
    long n3 = m3 << 5;
    long m4 = b4 * 19;
    long n4 = m4 << 5;
    long high0 =
        Math.multiplyHigh(h0, g0)
            + Math.multiplyHigh(h1, n4)
            + Math.multiplyHigh(h2, n3)
            + Math.multiplyHigh(h3, n2)
            + Math.multiplyHigh(h4, n1);
    long low0 = a0 * b0 + a1 * m4 + a2 * m3 + a3 * m2 + a4 * m1 - (high0 << BITS);
    long high1 =
        Math.multiplyHigh(h0, g1)
            + Math.multiplyHigh(h1, g0)
            + Math.multiplyHigh(h2, n4)
            + Math.multiplyHigh(h3, n3)
            + Math.multiplyHigh(h4, n2);
    long low1 = a0 * b1 + a1 * b0 + a2 * m4 + a3 * m3 + a4 * m2 - (high1 << BITS);
    long high2 =
        Math.multiplyHigh(h0, g2)
            + Math.multiplyHigh(h1, g1)
            + Math.multiplyHigh(h2, g0)
            + Math.multiplyHigh(h3, n4)
            + Math.multiplyHigh(h4, n3);
    long low2 = a0 * b2 + a1 * b1 + a2 * b0 + a3 * m4 + a4 * m3 - (high2 << BITS);
    long high3 =
        Math.multiplyHigh(h0, g3)
            + Math.multiplyHigh(h1, g2)
            + Math.multiplyHigh(h2, g1)
            + Math.multiplyHigh(h3, g0)
            + Math.multiplyHigh(h4, n4);
    long low3 = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + a4 * m4 - (high3 << BITS);
    long high4 =
        Math.multiplyHigh(h0, g4)
            + Math.multiplyHigh(h1, g3)
            + Math.multiplyHigh(h2, g2)
            + Math.multiplyHigh(h3, g1)
            + Math.multiplyHigh(h4, g0);
    long low4 = a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0 - (high4 << BITS);
    long c0 = low0 + 19 * high4;
    long c1 = low1 + high0;
    long c2 = low2 + high1;
    long c3 = low3 + high2;
    long c4 = low4 + high3;
    l0 = (c0 & MASK) + 19 * (c4 >>> BITS);
    l1 = (c1 & MASK) + (c0 >>> BITS);
    l2 = (c2 & MASK) + (c1 >>> BITS);
    l3 = (c3 & MASK) + (c2 >>> BITS);
    l4 = (c4 & MASK) + (c3 >>> BITS);
  }

  /** Becomes the square of {@code a}. */
  void square(FieldElement a) {
    long a0 = a.l0;
    long a1 = a.l1;
    long a2 = a.l2;
    long a3 = a.l3;
    long a4 = a.l4;
    long d0 = a0 << 1;
    long e0 = a0 << 9;
    long d1 = a1 << 1;
    long e1 = a1 << 9;
    long d2 = a2 << 1;
    long e2 = a2 << 9;
    long d3 = a3 << 1;
    long e3 = a3 << 9;
    long g0 = a0 << 5;
    long g1 = a1 << 5;
    long g2 = a2 << 5;
    long g3 = a3 << 5;
    long g4 = a4 << 5;
    long m3 = a3 * 19;
    long n3 = m3 << 5;
    long m4 = a4 * 19;
    long n4 = m4 << 5;
    long high0 =
        Math.multiplyHigh((a0 << 8), g0) + Math.multiplyHigh(e1, n4) + Math.multiplyHigh(e2, n3);
    long low0 = a0 * a0 + d1 * m4 + d2 * m3 - (high0 << BITS);
    long high1 =
        Math.multiplyHigh(e0, g1) + Math.multiplyHigh(e2, n4) + Math.multiplyHigh((a3 << 8), n3);
    long low1 = d0 * a1 + d2 * m4 + a3 * m3 - (high1 << BITS);
    long high2 =
        Math.multiplyHigh(e0, g2) + Math.multiplyHigh((a1 << 8), g1) + Math.multiplyHigh(e3, n4);
    long low2 = d0 * a2 + a1 * a1 + d3 * m4 - (high2 << BITS);
    long high3 =
        Math.multiplyHigh(e0, g3) + Math.multiplyHigh(e1, g2) + Math.multiplyHigh((a4 << 8), n4);
    long low3 = d0 * a3 + d1 * a2 + a4 * m4 - (high3 << BITS);
    long high4 =
        Math.multiplyHigh(e0, g4) + Math.multiplyHigh(e1, g3) + Math.multiplyHigh((a2 << 8), g2);
    long low4 = d0 * a4 + d1 * a3 + a2 * a2 - (high4 << BITS);
    long c0 = low0 + 19 * high4;
    long c1 = low1 + high0;
    long c2 = low2 + high1;
    long c3 = low3 + high2;
    long c4 = low4 + high3;
    l0 = (c0 & MASK) + 19 * (c4 >>> BITS);
    l1 = (c1 & MASK) + (c0 >>> BITS);
    l2 = (c2 & MASK) + (c1 >>> BITS);
    l3 = (c3 & MASK) + (c2 >>> BITS);
    l4 = (c4 & MASK) + (c3 >>> BITS);
  }

  /** Becomes {@code a} squared {@code times} times. */
  void squareRepeatedly(FieldElement a, int times) {
    long a0 = a.l0;
    long a1 = a.l1;
    long a2 = a.l2;
    long a3 = a.l3;
    long a4 = a.l4;
    for (int left = times; left > 0; left--) {
      long d0 = a0 << 1;
      long e0 = a0 << 9;
      long d1 = a1 << 1;
      long e1 = a1 << 9;
      long d2 = a2 << 1;
      long e2 = a2 << 9;
      long d3 = a3 << 1;
      long e3 = a3 << 9;
      long g0 = a0 << 5;
      long g1 = a1 << 5;
      long g2 = a2 << 5;
      long g3 = a3 << 5;
      long g4 = a4 << 5;
      long m3 = a3 * 19;
      long n3 = m3 << 5;
      long m4 = a4 * 19;
      long n4 = m4 << 5;
      long high0 =
          Math.multiplyHigh((a0 << 8), g0) + Math.multiplyHigh(e1, n4) + Math.multiplyHigh(e2, n3);
      long low0 = a0 * a0 + d1 * m4 + d2 * m3 - (high0 << BITS);
      long high1 =
          Math.multiplyHigh(e0, g1) + Math.multiplyHigh(e2, n4) + Math.multiplyHigh((a3 << 8), n3);
      long low1 = d0 * a1 + d2 * m4 + a3 * m3 - (high1 << BITS);
      long high2 =
          Math.multiplyHigh(e0, g2) + Math.multiplyHigh((a1 << 8), g1) + Math.multiplyHigh(e3, n4);
      long low2 = d0 * a2 + a1 * a1 + d3 * m4 - (high2 << BITS);
      long high3 =
          Math.multiplyHigh(e0, g3) + Math.multiplyHigh(e1, g2) + Math.multiplyHigh((a4 << 8), n4);
      long low3 = d0 * a3 + d1 * a2 + a4 * m4 - (high3 << BITS);
      long high4 =
          Math.multiplyHigh(e0, g4) + Math.multiplyHigh(e1, g3) + Math.multiplyHigh((a2 << 8), g2);
      long low4 = d0 * a4 + d1 * a3 + a2 * a2 - (high4 << BITS);
      long c0 = low0 + 19 * high4;
      long c1 = low1 + high0;
      long c2 = low2 + high1;
      long c3 = low3 + high2;
      long c4 = low4 + high3;
      a0 = (c0 & MASK) + 19 * (c4 >>> BITS);
      a1 = (c1 & MASK) + (c0 >>> BITS);
      a2 = (c2 & MASK) + (c1 >>> BITS);
      a3 = (c3 & MASK) + (c2 >>> BITS);
      a4 = (c4 & MASK) + (c3 >>> BITS);
    }
    l0 = a0;
    l1 = a1;
    l2 = a2;
    l3 = a3;
    l4 = a4;
  }

  /** Becomes {@code a} to the power of p - 2: the inverse of a, 0 for 0. */
  void invert(FieldElement a) {
    FieldElement eleven = new FieldElement();
    FieldElement chain = new FieldElement();
    chain.powerOf250Ones(a, eleven);
    // p - 2 = 2^5 (2^250 - 1) + 11.
    chain.squareRepeatedly(chain, 5);
    multiply(chain, eleven);
  }

  /**
   * Becomes a square root of {@code u} / {@code v}, both tight, if there is one. Takes longer for
   * some values.
   *
   * @return whether there is one
   */
  boolean setRootOfRatio(FieldElement u, FieldElement v) {
    // The candidate u v^3 (u v^7)^((p - 5) / 8), RFC 8032, section 5.1.3.
    FieldElement v3 = new FieldElement();
    FieldElement power = new FieldElement();
    v3.square(v);
    v3.multiply(v3, v);
    power.square(v3);
    power.multiply(power, v);
    power.multiply(power, u);
    power.powerForRoot(power);
    power.multiply(power, v3);
    power.multiply(power, u);
    FieldElement check = v3;
    check.square(power);
    check.multiply(check, v);
    FieldElement difference = new FieldElement();
    difference.subtract(check, u);
    if (difference.isZero()) {
      set(power);
      return true;
    }
    difference.add(check, u);
    if (difference.isZero()) {
      multiply(power, ROOT_OF_MINUS_ONE);
      return true;
    }
    return false;
  }

  /** Becomes {@code a} to the power of (p - 5) / 8 = 2^252 - 3. */
  private void powerForRoot(FieldElement a) {
    FieldElement base = new FieldElement();
    base.set(a);
    powerOf250Ones(base, new FieldElement());
    squareRepeatedly(this, 2);
    multiply(this, base);
  }

  /** Becomes {@code a} to the power of 2^250 - 1; {@code eleven} becomes its 11th power. */
  private void powerOf250Ones(FieldElement a, FieldElement eleven) {
    FieldElement ones5 = new FieldElement();
    FieldElement ones10 = new FieldElement();
    FieldElement ones50 = new FieldElement();
    FieldElement power = new FieldElement();
    power.square(a);
    ones5.squareRepeatedly(power, 2);
    ones5.multiply(ones5, a);
    eleven.multiply(ones5, power);
    power.square(eleven);
    // 31 = 22 + 9, five ones in binary.
    ones5.multiply(ones5, power);
    power.squareRepeatedly(ones5, 5);
    ones10.multiply(power, ones5);
    power.squareRepeatedly(ones10, 10);
    // Twenty ones.
    ones50.multiply(power, ones10);
    power.squareRepeatedly(ones50, 20);
    power.multiply(power, ones50);
    power.squareRepeatedly(power, 10);
    ones50.multiply(power, ones10);
    power.squareRepeatedly(ones50, 50);
    // A hundred ones.
    ones10.multiply(power, ones50);
    power.squareRepeatedly(ones10, 100);
    power.multiply(power, ones10);
    power.squareRepeatedly(power, 50);
    multiply(power, ones50);
  }
}
