package org.peerstead.securestream.crypto;

/**
 * A point in the form in which it is cheapest to add to another: Y + X, Y - X, 2 Z and 2 d T.
 * Changes only while it is made; confined to this package.
 */
final class Addend {
  final FieldElement sum = new FieldElement();
  final FieldElement difference = new FieldElement();
  final FieldElement twoZ = new FieldElement();
  final FieldElement twoDT = new FieldElement();

  /** The neutral element. */
  Addend() {
    sum.set(1);
    difference.set(1);
    twoZ.set(2);
  }

  /** Becomes {@code point}. */
  void set(EdwardsPoint point) {
    sum.add(point.y, point.x);
    difference.subtract(point.y, point.x);
    twoZ.add(point.z, point.z);
    twoDT.multiply(point.t, EdwardsPoint.TWO_D);
  }

  /** Becomes {@code point} with Z = 1, given the inverse of its Z. */
  void setAffine(EdwardsPoint point, FieldElement inverse) {
    FieldElement x = new FieldElement();
    FieldElement y = new FieldElement();
    x.multiply(point.x, inverse);
    y.multiply(point.y, inverse);
    sum.add(y, x);
    difference.subtract(y, x);
    twoZ.set(2);
    twoDT.multiply(x, y);
    twoDT.multiply(twoDT, EdwardsPoint.TWO_D);
  }

  /** Becomes {@code other} where {@code mask} is -1, stays as it is where {@code mask} is 0. */
  void setIf(long mask, Addend other) {
    sum.setIf(mask, other.sum);
    difference.setIf(mask, other.difference);
    twoZ.setIf(mask, other.twoZ);
    twoDT.setIf(mask, other.twoDT);
  }
}
