package org.peerstead.securestream.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.securestream.crypto.CryptoException.Reason;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.SeededCases;

/** The curve beside affine textbook arithmetic in {@link BigInteger}. */
class EdwardsPointPropertiesTest {
  private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
  private static final BigInteger L =
      BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
  private static final BigInteger D =
      BigInteger.valueOf(-121665).multiply(BigInteger.valueOf(121666).modInverse(P)).mod(P);

  private record Affine(BigInteger x, BigInteger y) {
    static final Affine NEUTRAL = new Affine(BigInteger.ZERO, BigInteger.ONE);

    Affine plus(Affine o) {
      BigInteger k = D.multiply(x).multiply(o.x).multiply(y).multiply(o.y).mod(P);
      BigInteger nx = x.multiply(o.y).add(y.multiply(o.x));
      BigInteger ny = y.multiply(o.y).add(x.multiply(o.x));
      return new Affine(
          nx.multiply(BigInteger.ONE.add(k).modInverse(P)).mod(P),
          ny.multiply(BigInteger.ONE.subtract(k).modInverse(P)).mod(P));
    }

    Affine times(BigInteger scalar) {
      Affine sum = NEUTRAL;
      for (int i = scalar.bitLength() - 1; i >= 0; i--) {
        sum = sum.plus(sum);
        sum = scalar.testBit(i) ? sum.plus(this) : sum;
      }
      return sum;
    }

    byte[] encode() {
      byte[] encoded = littleEndian(y);
      encoded[31] |= (byte) (x.testBit(0) ? 0x80 : 0);
      return encoded;
    }
  }

  private static byte[] littleEndian(BigInteger number) {
    byte[] bytes = new byte[32];
    for (int i = 0; i < 32; i++) {
      bytes[i] = number.shiftRight(8 * i).byteValue();
    }
    return bytes;
  }

  private static BigInteger number(byte[] littleEndian) {
    byte[] bigEndian = new byte[littleEndian.length];
    for (int i = 0; i < bigEndian.length; i++) {
      bigEndian[i] = littleEndian[bigEndian.length - 1 - i];
    }
    return new BigInteger(1, bigEndian);
  }

  private static Affine decode(byte[] encoded) {
    BigInteger bits = number(encoded);
    BigInteger y = bits.clearBit(255);
    BigInteger y2 = y.multiply(y).mod(P);
    BigInteger x2 =
        y2.subtract(BigInteger.ONE)
            .multiply(D.multiply(y2).add(BigInteger.ONE).modInverse(P))
            .mod(P);
    BigInteger x = x2.modPow(P.add(BigInteger.valueOf(3)).shiftRight(3), P);
    if (!x.multiply(x).mod(P).equals(x2)) {
      x = x.multiply(BigInteger.TWO.modPow(P.subtract(BigInteger.ONE).shiftRight(2), P)).mod(P);
    }
    assertThat(x.multiply(x).mod(P)).isEqualTo(x2);
    return new Affine(x.testBit(0) == bits.testBit(255) ? x : P.subtract(x).mod(P), y);
  }

  private static KeyPair pair(java.util.random.RandomGenerator random) {
    byte[] seed = new byte[32];
    random.nextBytes(seed);
    return KeyPair.fromSeed(seed);
  }

  /** A point of order 8: L times a point that is not in the prime-order group. */
  private static Affine pointOfOrderEight() {
    for (int y = 2; ; y++) {
      try {
        Affine torsion = decode(littleEndian(BigInteger.valueOf(y))).times(L);
        if (!torsion.times(BigInteger.valueOf(4)).equals(Affine.NEUTRAL)) {
          return torsion;
        }
      } catch (AssertionError notOnTheCurve) {
        // Half of all numbers are no y of a point.
      }
    }
  }

  @Test
  void multiply_shouldAgreeWithTextbookArithmetic() {
    SeededCases.of("points times scalars", 25519, 40)
        .run(random -> {
          byte[] encoded = pair(random).publicKey().toBytes();
          byte[] scalar = new byte[32];
          random.nextBytes(scalar);
          EdwardsPoint point = EdwardsPoint.decode(encoded);
          assertThat(point.encode()).isEqualTo(encoded);
          assertThat(point.hasPrimeOrder()).isTrue();
          assertThat(point.multiply(scalar).encode())
              .isEqualTo(decode(encoded).times(number(scalar)).encode());
        });
  }

  @Test
  void multiply_shouldHaveNoSpecialScalars() {
    byte[] encoded = KeyPair.fromSeed(new byte[32]).publicKey().toBytes();
    EdwardsPoint point = EdwardsPoint.decode(encoded);
    List<BigInteger> scalars =
        List.of(
            BigInteger.ZERO,
            BigInteger.ONE,
            BigInteger.TWO,
            L.subtract(BigInteger.ONE),
            L,
            L.add(BigInteger.ONE),
            BigInteger.TWO.pow(256).subtract(BigInteger.ONE));
    for (BigInteger scalar : scalars) {
      EdwardsPoint product = point.multiply(littleEndian(scalar));
      assertThat(product.encode()).isEqualTo(decode(encoded).times(scalar).encode());
      assertThat(product.isNeutral()).isEqualTo(scalar.mod(L).signum() == 0);
    }
  }

  @Test
  void agree_shouldGiveBothSidesTheSameSecret() {
    SeededCases.of("agreements", 7, 40)
        .run(random -> {
          KeyPair a = pair(random);
          KeyPair b = pair(random);
          assertThat(PointAgreement.agree(a, b.publicKey()))
              .isEqualTo(PointAgreement.agree(b, a.publicKey()));
        });
  }

  @Test
  void agree_shouldRefuseEveryPointThatIsNotOfPrimeOrder() {
    KeyPair own = KeyPair.fromSeed(new byte[32]);
    Affine honest = decode(own.publicKey().toBytes());
    Affine torsion = pointOfOrderEight();
    List<byte[]> refused = new ArrayList<>();
    Affine small = Affine.NEUTRAL;
    for (int i = 0; i < 8; i++) {
      refused.add(small.encode());
      if (i > 0) {
        refused.add(honest.plus(small).encode());
      }
      small = small.plus(torsion);
    }
    assertThat(small).isEqualTo(Affine.NEUTRAL);
    // Not reduced: y + p for every y that leaves room, with and without the sign of x.
    for (int y = 0; y < 19; y++) {
      byte[] encoded = littleEndian(P.add(BigInteger.valueOf(y)));
      refused.add(encoded.clone());
      encoded[31] |= (byte) 0x80;
      refused.add(encoded);
    }
    // "Minus zero": neutral element and point of order 2 with the sign of x set.
    for (BigInteger y : List.of(BigInteger.ONE, P.subtract(BigInteger.ONE))) {
      byte[] encoded = littleEndian(y);
      encoded[31] |= (byte) 0x80;
      refused.add(encoded);
    }
    refused.add(notOnTheCurve());
    for (byte[] encoded : refused) {
      CryptoException failure =
          catchThrowableOfType(
              CryptoException.class, () -> PointAgreement.agree(own, Fixed32.of(encoded)));
      assertThat(failure).as(Fixed32.of(encoded).toString()).isNotNull();
      assertThat(failure.reason()).isEqualTo(Reason.INVALID_POINT);
    }
  }

  private static byte[] notOnTheCurve() {
    for (int y = 2; ; y++) {
      byte[] encoded = littleEndian(BigInteger.valueOf(y));
      if (EdwardsPoint.decode(encoded) == null) {
        return encoded;
      }
    }
  }

  @Test
  void verifyKey_shouldRefuseSmallOrderAndNonCanonicalPoints() throws Exception {
    Affine small = Affine.NEUTRAL;
    for (int i = 0; i < 8; i++) {
      Fixed32 encoded = Fixed32.of(small.encode());
      assertThat(EdwardsPoint.isSmallOrderOrNonCanonical(encoded.toBytes(), 0)).isTrue();
      assertThat(catchThrowableOfType(CryptoException.class, () -> VerifyKey.of(encoded)))
          .as(encoded.toString())
          .isNotNull();
      small = small.plus(pointOfOrderEight());
    }
    KeyPair pair = KeyPair.fromSeed(new byte[32]);
    Slice message = Slice.fromHex("00ff");
    byte[] signature = pair.sign(message);
    VerifyKey key = VerifyKey.of(pair.publicKey());
    assertThat(key.verify(message, Slice.of(signature))).isTrue();
    assertThat(key.verify(message, Slice.of(signature, 0, 63))).isFalse();
    assertThat(key.verify(Slice.EMPTY, Slice.of(signature))).isFalse();
    for (int bit = 0; bit < 512; bit += 7) {
      byte[] changed = signature.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(key.verify(message, Slice.of(changed))).isFalse();
    }
    byte[] unreduced = signature.clone();
    byte[] s = littleEndian(number(java.util.Arrays.copyOfRange(signature, 32, 64)).add(L));
    System.arraycopy(s, 0, unreduced, 32, 32);
    assertThat(key.verify(message, Slice.of(unreduced))).isFalse();
  }
}
