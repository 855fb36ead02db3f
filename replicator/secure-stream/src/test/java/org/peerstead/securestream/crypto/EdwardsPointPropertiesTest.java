package org.peerstead.securestream.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.securestream.crypto.CryptoException.Reason;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.SeededCases;

/** The curve beside affine textbook arithmetic in {@link BigInteger}. */
class EdwardsPointPropertiesTest {
  private static byte[] encoded(EdwardsPoint point) {
    byte[] bytes = new byte[32];
    point.encode(bytes, 0);
    return bytes;
  }

  private static KeyPair pair(RandomGenerator random) {
    byte[] seed = new byte[32];
    random.nextBytes(seed);
    return KeyPair.fromSeed(seed);
  }

  @Test
  void multiply_shouldAgreeWithTextbookArithmetic() {
    SeededCases.of("points times scalars", 25519, 40)
        .run(random -> {
          byte[] encoded = pair(random).publicKey().toBytes();
          byte[] scalar = new byte[32];
          random.nextBytes(scalar);
          EdwardsPoint point = EdwardsPoint.decode(encoded, 0);
          assertThat(encoded(point)).isEqualTo(encoded);
          assertThat(point.hasPrimeOrder()).isTrue();
          assertThat(encoded(point.times(scalar)))
              .isEqualTo(AffinePoint.decode(encoded).times(AffinePoint.number(scalar)).encode());
        });
  }

  @Test
  void multiply_shouldHaveNoSpecialScalars() {
    byte[] encoded = KeyPair.fromSeed(new byte[32]).publicKey().toBytes();
    EdwardsPoint point = EdwardsPoint.decode(encoded, 0);
    List<BigInteger> scalars =
        List.of(
            BigInteger.ZERO,
            BigInteger.ONE,
            BigInteger.TWO,
            AffinePoint.L.subtract(BigInteger.ONE),
            AffinePoint.L,
            AffinePoint.L.add(BigInteger.ONE),
            BigInteger.TWO.pow(256).subtract(BigInteger.ONE));
    for (BigInteger scalar : scalars) {
      EdwardsPoint product = point.times(AffinePoint.littleEndian(scalar));
      assertThat(encoded(product)).isEqualTo(AffinePoint.decode(encoded).times(scalar).encode());
      assertThat(product.isNeutral()).isEqualTo(scalar.mod(AffinePoint.L).signum() == 0);
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
    AffinePoint honest = AffinePoint.decode(own.publicKey().toBytes());
    AffinePoint torsion = AffinePoint.pointOfOrderEight();
    List<byte[]> refused = new ArrayList<>();
    AffinePoint small = AffinePoint.NEUTRAL;
    for (int i = 0; i < 8; i++) {
      refused.add(small.encode());
      if (i > 0) {
        refused.add(honest.plus(small).encode());
      }
      small = small.plus(torsion);
    }
    assertThat(small).isEqualTo(AffinePoint.NEUTRAL);
    // Not reduced: y + p for every y that leaves room, with and without the sign of x.
    for (int y = 0; y < 19; y++) {
      byte[] encoded = AffinePoint.littleEndian(AffinePoint.P.add(BigInteger.valueOf(y)));
      refused.add(encoded.clone());
      encoded[31] |= (byte) 0x80;
      refused.add(encoded);
    }
    // "Minus zero": neutral element and point of order 2 with the sign of x set.
    for (BigInteger y : List.of(BigInteger.ONE, AffinePoint.P.subtract(BigInteger.ONE))) {
      byte[] encoded = AffinePoint.littleEndian(y);
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
      byte[] encoded = AffinePoint.littleEndian(BigInteger.valueOf(y));
      if (EdwardsPoint.decode(encoded, 0) == null) {
        return encoded;
      }
    }
  }

  @Test
  void verifyKey_shouldRefuseSmallOrderAndNonCanonicalPoints() throws Exception {
    AffinePoint small = AffinePoint.NEUTRAL;
    for (int i = 0; i < 8; i++) {
      Fixed32 encoded = Fixed32.of(small.encode());
      assertThat(EdwardsPoint.isSmallOrderOrNonCanonical(encoded.toBytes(), 0)).isTrue();
      assertThat(catchThrowableOfType(CryptoException.class, () -> VerifyKey.of(encoded)))
          .as(encoded.toString())
          .isNotNull();
      small = small.plus(AffinePoint.pointOfOrderEight());
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
    byte[] s =
        AffinePoint.littleEndian(
            AffinePoint.number(Arrays.copyOfRange(signature, 32, 64)).add(AffinePoint.L));
    System.arraycopy(s, 0, unreduced, 32, 32);
    assertThat(key.verify(message, Slice.of(unreduced))).isFalse();
  }
}
