package org.peerstead.securestream.crypto;

import java.math.BigInteger;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The curve in affine textbook arithmetic: slow, and plain enough to be believed. */
record AffinePoint(BigInteger x, BigInteger y) {
  static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
  static final BigInteger L =
      BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
  static final AffinePoint NEUTRAL = new AffinePoint(BigInteger.ZERO, BigInteger.ONE);
  private static final BigInteger D =
      BigInteger.valueOf(-121665).multiply(BigInteger.valueOf(121666).modInverse(P)).mod(P);

  /** The generator of the signature scheme. */
  static AffinePoint base() {
    BigInteger y = BigInteger.valueOf(4).multiply(BigInteger.valueOf(5).modInverse(P)).mod(P);
    return decode(littleEndian(y));
  }

  AffinePoint plus(AffinePoint o) {
    BigInteger k = D.multiply(x).multiply(o.x).multiply(y).multiply(o.y).mod(P);
    BigInteger nx = x.multiply(o.y).add(y.multiply(o.x));
    BigInteger ny = y.multiply(o.y).add(x.multiply(o.x));
    return new AffinePoint(
        nx.multiply(BigInteger.ONE.add(k).modInverse(P)).mod(P),
        ny.multiply(BigInteger.ONE.subtract(k).modInverse(P)).mod(P));
  }

  AffinePoint times(BigInteger scalar) {
    AffinePoint sum = NEUTRAL;
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

  static AffinePoint decode(byte[] encoded) {
    AffinePoint point = decodeOrNull(encoded);
    if (point == null) {
      throw new IllegalArgumentException("not on the curve");
    }
    return point;
  }

  /** The point, null where there is none. */
  static @Nullable AffinePoint decodeOrNull(byte[] encoded) {
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
    if (!x.multiply(x).mod(P).equals(x2)) {
      return null;
    }
    return new AffinePoint(x.testBit(0) == bits.testBit(255) ? x : P.subtract(x).mod(P), y);
  }

  /** A point of order 8: L times a point that is not in the prime-order group. */
  static AffinePoint pointOfOrderEight() {
    for (int y = 2; ; y++) {
      AffinePoint point = decodeOrNull(littleEndian(BigInteger.valueOf(y)));
      if (point != null && !point.times(L.shiftLeft(2)).equals(NEUTRAL)) {
        return point.times(L);
      }
    }
  }

  static byte[] littleEndian(BigInteger number) {
    byte[] bytes = new byte[32];
    for (int i = 0; i < 32; i++) {
      bytes[i] = number.shiftRight(8 * i).byteValue();
    }
    return bytes;
  }

  static BigInteger number(byte[] littleEndian) {
    byte[] bigEndian = Arrays.copyOf(littleEndian, littleEndian.length);
    for (int i = 0; i < bigEndian.length; i++) {
      bigEndian[i] = littleEndian[bigEndian.length - 1 - i];
    }
    return new BigInteger(1, bigEndian);
  }
}
