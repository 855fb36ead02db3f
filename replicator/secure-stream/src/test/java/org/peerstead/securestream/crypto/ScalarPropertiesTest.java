package org.peerstead.securestream.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.securestream.crypto.AffinePoint.L;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.simulation.SeededCases;

/** Numbers modulo the group order beside {@link BigInteger}. */
class ScalarPropertiesTest {
  private final Scalar scalars = new Scalar();

  private static long[] words(BigInteger value) {
    long[] words = new long[Scalar.WORDS];
    for (int i = 0; i < words.length; i++) {
      words[i] = value.shiftRight(64 * i).longValue();
    }
    return words;
  }

  private static BigInteger value(long[] words) {
    BigInteger value = BigInteger.ZERO;
    for (int i = words.length - 1; i >= 0; i--) {
      value = value.shiftLeft(64).add(new BigInteger(Long.toUnsignedString(words[i])));
    }
    return value;
  }

  /** Numbers of all sizes up to {@code bits}, often with runs of ones or near a multiple of L. */
  private static BigInteger draw(RandomGenerator random, int bits) {
    BigInteger value = new BigInteger(1 + random.nextInt(bits), java.util.Random.from(random));
    return switch (random.nextInt(4)) {
      case 0 ->
          BigInteger.TWO.pow(bits).subtract(BigInteger.ONE).subtract(value.shiftRight(bits / 2));
      case 1 -> value.subtract(value.mod(L)).add(BigInteger.valueOf(random.nextInt(5) - 2)).abs();
      default -> value;
    };
  }

  @Test
  void decode_shouldTellWhetherTheValueIsReduced() {
    long[] target = new long[Scalar.WORDS];
    SeededCases.of("encoded scalars", 1, 2_000)
        .run(random -> {
          BigInteger value = draw(random, 256);
          assertThat(Scalar.decode(AffinePoint.littleEndian(value), 0, target))
              .isEqualTo(value.compareTo(L) < 0);
          assertThat(value(target)).isEqualTo(value);
        });
    assertThat(Scalar.decode(AffinePoint.littleEndian(L), 0, target)).isFalse();
    assertThat(Scalar.decode(AffinePoint.littleEndian(L.subtract(BigInteger.ONE)), 0, target))
        .isTrue();
  }

  @Test
  void reduceAndMultiplyAndAdd_shouldAgreeWithBigInteger() {
    long[] target = new long[Scalar.WORDS];
    SeededCases.of("scalar arithmetic", 2, 20_000)
        .run(random -> {
          BigInteger wide = draw(random, 512);
          byte[] hash = new byte[64];
          System.arraycopy(AffinePoint.littleEndian(wide), 0, hash, 0, 32);
          System.arraycopy(AffinePoint.littleEndian(wide.shiftRight(256)), 0, hash, 32, 32);
          scalars.reduce(hash, target);
          assertThat(value(target)).isEqualTo(wide.mod(L));
          BigInteger a = draw(random, 256);
          BigInteger b = draw(random, 256);
          scalars.multiply(words(a), words(b), target);
          assertThat(value(target)).isEqualTo(a.multiply(b).mod(L));
          Scalar.add(words(a.mod(L)), words(b.mod(L)), target);
          assertThat(value(target)).isEqualTo(a.add(b).mod(L));
        });
  }

  @Test
  void digits_shouldSumUpToTheValue() {
    byte[] digits = new byte[Scalar.MAX_DIGITS];
    SeededCases.of("digits", 3, 5_000)
        .run(random -> {
          Arrays.fill(digits, (byte) 0x55);
          BigInteger value = draw(random, 256);
          int width = 3 + random.nextInt(6);
          int length = Scalar.digits(words(value), width, digits);
          BigInteger sum = BigInteger.ZERO;
          int zeros = width;
          for (int i = Scalar.MAX_DIGITS - 1; i >= 0; i--) {
            sum = sum.shiftLeft(1).add(BigInteger.valueOf(digits[i]));
            if (digits[i] == 0) {
              zeros++;
              continue;
            }
            assertThat(i).isLessThan(length);
            assertThat(digits[i] & 1).isOne();
            assertThat(Math.abs(digits[i])).isLessThan(1 << (width - 1));
            assertThat(zeros).isGreaterThanOrEqualTo(width - 1);
            zeros = 0;
          }
          assertThat(sum).isEqualTo(value);
        });
  }
}
