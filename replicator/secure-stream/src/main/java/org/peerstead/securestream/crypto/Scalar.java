package org.peerstead.securestream.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Integers modulo the group order L = 2^252 + 27742317777372353535851937790883648493, as arrays of
 * 64-bit words, lowest first. For public values: the time taken depends on them.
 *
 * <p>An instance is room for intermediate results; not thread-safe.
 */
final class Scalar {
  /** Words of a scalar. */
  static final int WORDS = 4;

  /** Size of an encoded scalar in bytes. */
  static final int BYTES = 32;

  /** Upper bound of the number of digits of a value below 2^256. */
  static final int MAX_DIGITS = 257;

  private static final VarHandle LITTLE_ENDIAN =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long[] ORDER = {
    0x5812631a5cf5d3edL, 0x14def9dea2f79cd6L, 0, 0x1000000000000000L
  };

  /** 2^512 / L, rounded down. */
  private static final long[] RECIPROCAL = {
    0xed9ce5a30a2c131bL, 0x2106215d086329a7L, 0xffffffffffffffebL, 0xffffffffffffffffL, 0xf
  };

  private final long[] wide = new long[2 * WORDS];
  private final long[] top = new long[WORDS + 1];
  private final long[] estimate = new long[2 * WORDS + 2];
  private final long[] quotient = new long[WORDS + 1];
  private final long[] multiple = new long[2 * WORDS + 1];

  /** Reads the 32 bytes at {@code offset} into {@code target}; returns whether it is below L. */
  static boolean decode(byte[] array, int offset, long[] target) {
    for (int i = 0; i < WORDS; i++) {
      target[i] = (long) LITTLE_ENDIAN.get(array, offset + Long.BYTES * i);
    }
    return !isOrderOrMore(target);
  }

  /** Reads the 16 bytes at {@code offset} into {@code target}. */
  static void decodeHalf(byte[] array, int offset, long[] target) {
    target[0] = (long) LITTLE_ENDIAN.get(array, offset);
    target[1] = (long) LITTLE_ENDIAN.get(array, offset + Long.BYTES);
    target[2] = 0;
    target[3] = 0;
  }

  private static boolean isOrderOrMore(long[] value) {
    for (int i = WORDS - 1; i >= 0; i--) {
      int order = Long.compareUnsigned(value[i], ORDER[i]);
      if (order != 0) {
        return order > 0;
      }
    }
    return true;
  }

  /** Reads the 64 bytes of {@code hash} and puts what they are modulo L into {@code target}. */
  void reduce(byte[] hash, long[] target) {
    for (int i = 0; i < 2 * WORDS; i++) {
      wide[i] = (long) LITTLE_ENDIAN.get(hash, Long.BYTES * i);
    }
    reduceWide(target);
  }

  /** Puts {@code a} times {@code b} modulo L into {@code target}, which may be one of them. */
  void multiply(long[] a, long[] b, long[] target) {
    multiply(a, WORDS, b, WORDS, wide);
    reduceWide(target);
  }

  /** Puts {@code a} + {@code b}, both below L, modulo L into {@code target}. */
  static void add(long[] a, long[] b, long[] target) {
    // No carry out: both are below 2^253.
    long carry = 0;
    for (int i = 0; i < WORDS; i++) {
      long partial = a[i] + carry;
      carry = Long.compareUnsigned(partial, carry) < 0 ? 1 : 0;
      long sum = partial + b[i];
      carry += Long.compareUnsigned(sum, partial) < 0 ? 1 : 0;
      target[i] = sum;
    }
    if (isOrderOrMore(target)) {
      subtract(target, ORDER, WORDS);
    }
  }

  /** Barrett's reduction; Handbook of Applied Cryptography, algorithm 14.42, words of 64 bits. */
  private void reduceWide(long[] target) {
    System.arraycopy(wide, WORDS - 1, top, 0, WORDS + 1);
    multiply(top, WORDS + 1, RECIPROCAL, WORDS + 1, estimate);
    System.arraycopy(estimate, WORDS + 1, quotient, 0, WORDS + 1);
    multiply(quotient, WORDS + 1, ORDER, WORDS, multiple);
    // The rest is below 3 L, so the lowest five words of both tell it, and in fact the lowest four.
    subtract(wide, multiple, WORDS);
    System.arraycopy(wide, 0, target, 0, WORDS);
    while (isOrderOrMore(target)) {
      subtract(target, ORDER, WORDS);
    }
  }

  /** Subtracts the {@code count} lowest words of {@code b} from those of {@code a}. */
  private static void subtract(long[] a, long[] b, int count) {
    long borrow = 0;
    for (int i = 0; i < count; i++) {
      long partial = a[i] - b[i];
      long under = Long.compareUnsigned(a[i], b[i]) < 0 ? 1 : 0;
      a[i] = partial - borrow;
      borrow = under + (Long.compareUnsigned(partial, borrow) < 0 ? 1 : 0);
    }
  }

  /** Puts all words of the product of the first words of two numbers into {@code target}. */
  private static void multiply(long[] a, int aWords, long[] b, int bWords, long[] target) {
    Arrays.fill(target, 0, aWords + bWords, 0);
    for (int i = 0; i < aWords; i++) {
      long carry = 0;
      for (int j = 0; j < bWords; j++) {
        long low = a[i] * b[j];
        long high = Math.unsignedMultiplyHigh(a[i], b[j]);
        low += carry;
        high += Long.compareUnsigned(low, carry) < 0 ? 1 : 0;
        low += target[i + j];
        high += Long.compareUnsigned(low, target[i + j]) < 0 ? 1 : 0;
        target[i + j] = low;
        carry = high;
      }
      target[i + bWords] = carry;
    }
  }

  /**
   * Writes {@code value} as the sum of digits[i] 2^i, each digit 0 or odd and of {@code width} bits
   * with its sign, with at least {@code width} - 1 zeros after each that is not 0.
   *
   * @param value four words
   * @param digits at least {@link #MAX_DIGITS}
   * @return the number of digits, those above being 0
   */
  static int digits(long[] value, int width, byte[] digits) {
    Arrays.fill(digits, (byte) 0);
    int carry = 0;
    int length = 0;
    int position = 0;
    while (position < MAX_DIGITS) {
      long bits = bitsFrom(value, position);
      // Zeros without, ones with a carry need no digit.
      int run = Long.numberOfTrailingZeros(carry == 0 ? bits : ~bits);
      position += run;
      if (run == Long.SIZE || position >= MAX_DIGITS) {
        continue;
      }
      int digit = (int) (bitsFrom(value, position) & ((1 << width) - 1)) + carry;
      carry = digit >>> (width - 1);
      digits[position] = (byte) (digit - (carry << width));
      length = position + 1;
      position += width;
    }
    return length;
  }

  /** 64 bits from bit {@code position}, with zeros above the top. */
  private static long bitsFrom(long[] value, int position) {
    int word = position >>> 6;
    int shift = position & 63;
    long low = word < WORDS ? value[word] >>> shift : 0;
    long high = word + 1 < WORDS ? value[word + 1] << 1 << (63 - shift) : 0;
    return low | high;
  }
}
