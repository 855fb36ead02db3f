package org.peerstead.securestream.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.securestream.crypto.AffinePoint.P;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.simulation.SeededCases;

/** The field beside {@link BigInteger}. */
class FieldElementPropertiesTest {
  private static final BigInteger FOUR = BigInteger.valueOf(4);

  /** Encodings around 0, p and 2^255, and with every limb at its ends. */
  private static List<BigInteger> edges() {
    List<BigInteger> edges = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      edges.add(BigInteger.valueOf(i));
      edges.add(P.subtract(BigInteger.valueOf(i)));
      edges.add(BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(i + 1)));
    }
    for (int limb = 0; limb < 5; limb++) {
      BigInteger one = BigInteger.TWO.pow(51 * limb);
      edges.add(one);
      edges.add(one.multiply(BigInteger.TWO.pow(51).subtract(BigInteger.ONE)));
      edges.add(P.subtract(one));
    }
    return edges;
  }

  private static FieldElement element(BigInteger value) {
    FieldElement element = new FieldElement();
    element.decode(AffinePoint.littleEndian(value), 0);
    return element;
  }

  private static BigInteger value(FieldElement element) {
    byte[] encoded = new byte[32];
    element.encode(encoded, 0);
    return AffinePoint.number(encoded);
  }

  private static BigInteger draw(RandomGenerator random) {
    List<BigInteger> edges = edges();
    return random.nextInt(4) == 0
        ? edges.get(random.nextInt(edges.size()))
        : new BigInteger(255, java.util.Random.from(random));
  }

  private static void check(BigInteger a, BigInteger b) {
    FieldElement x = element(a);
    FieldElement y = element(b);
    FieldElement result = new FieldElement();
    assertThat(value(x)).isEqualTo(a.mod(P));
    result.multiply(x, y);
    assertThat(value(result)).isEqualTo(a.multiply(b).mod(P));
    result.square(x);
    assertThat(value(result)).isEqualTo(a.multiply(a).mod(P));
    result.add(x, y);
    assertThat(value(result)).isEqualTo(a.add(b).mod(P));
    result.subtract(x, y);
    assertThat(value(result)).isEqualTo(a.subtract(b).mod(P));
    result.subtractLoose(x, y);
    assertThat(value(result)).isEqualTo(a.subtract(b).mod(P));
    result.negate(x);
    assertThat(value(result)).isEqualTo(a.negate().mod(P));
    assertThat(x.isZero()).isEqualTo(a.mod(P).signum() == 0);
    assertThat(x.isOdd()).isEqualTo(a.mod(P).testBit(0));
  }

  /** Factors with limbs as large as formulas make them: 2 a + 4 p - b and a + 2 p - b. */
  private static void checkLoose(BigInteger a, BigInteger b) {
    FieldElement x = element(a);
    FieldElement y = element(b);
    FieldElement six = new FieldElement();
    six.add(x, x);
    six.subtractLoose(six, y);
    FieldElement three = new FieldElement();
    three.subtract(x, y);
    BigInteger sixValue = a.shiftLeft(1).subtract(b);
    BigInteger threeValue = a.subtract(b);
    assertThat(value(six)).isEqualTo(sixValue.mod(P));
    FieldElement result = new FieldElement();
    result.multiply(six, six);
    assertThat(value(result)).isEqualTo(sixValue.pow(2).mod(P));
    result.square(six);
    assertThat(value(result)).isEqualTo(sixValue.pow(2).mod(P));
    result.multiply(six, three);
    assertThat(value(result)).isEqualTo(sixValue.multiply(threeValue).mod(P));
    result.multiply(three, six);
    assertThat(value(result)).isEqualTo(sixValue.multiply(threeValue).mod(P));
    result.subtractLoose(x, three);
    assertThat(value(result)).isEqualTo(b.mod(P));
    result.set(six);
    result.squareRepeatedly(result, 3);
    assertThat(value(result)).isEqualTo(sixValue.modPow(BigInteger.valueOf(8), P));
  }

  @Test
  void operations_shouldAgreeAtTheEdges() {
    for (BigInteger a : edges()) {
      for (BigInteger b : edges()) {
        check(a, b);
        checkLoose(a, b);
      }
    }
  }

  @Test
  void operations_shouldAgreeWithBigInteger() {
    SeededCases.of("field operations", 19, 20_000)
        .run(random -> {
          BigInteger a = draw(random);
          BigInteger b = draw(random);
          check(a, b);
          checkLoose(a, b);
        });
  }

  @Test
  void invert_shouldGiveTheInverse() {
    SeededCases.of("inverses", 20, 1_000)
        .run(random -> {
          BigInteger a = draw(random);
          FieldElement result = element(a);
          result.invert(result);
          assertThat(value(result)).isEqualTo(a.modPow(P.subtract(BigInteger.TWO), P));
        });
  }

  @Test
  void setRootOfRatio_shouldFindARootWhereThereIsOne() {
    SeededCases.of("roots", 21, 1_000)
        .run(random -> {
          BigInteger u = draw(random);
          BigInteger v = draw(random).max(BigInteger.TWO).mod(P).max(BigInteger.ONE);
          BigInteger ratio = u.multiply(v.modInverse(P)).mod(P);
          FieldElement root = new FieldElement();
          boolean hasRoot = root.setRootOfRatio(element(u), element(v));
          boolean isSquare = !ratio.modPow(P.shiftRight(1), P).equals(P.subtract(BigInteger.ONE));
          assertThat(hasRoot).isEqualTo(isSquare);
          if (hasRoot) {
            assertThat(value(root).pow(2).mod(P)).isEqualTo(ratio);
          }
          assertThat(root.setRootOfRatio(element(FOUR), element(BigInteger.ONE))).isTrue();
        });
  }

  @Test
  void setIf_shouldTakeAllOrNothing() {
    FieldElement element = element(P.subtract(FOUR));
    element.setIf(0, element(FOUR));
    assertThat(value(element)).isEqualTo(P.subtract(FOUR));
    element.setIf(-1, element(FOUR));
    assertThat(value(element)).isEqualTo(FOUR);
  }
}
