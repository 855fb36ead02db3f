package org.peerstead.securestream.crypto;

import java.util.HexFormat;

/**
 * P, 3 P, 5 P ... of a point P: what {@link Scalar#digits} counts. Immutable where final, else not
 * thread-safe.
 */
final class OddMultiples {
  /** Digits of {@link #BASE} have so many bits: 64 multiples. */
  static final int BASE_WIDTH = 8;

  /** Those of the base point B of the signature scheme. Shared by all and never changed. */
  static final OddMultiples BASE = ofBase(0);

  /** Those of 2^128 B. Shared by all and never changed. */
  static final OddMultiples HIGH_BASE = ofBase(128);

  private final Addend[] multiples;

  /**
   * An empty table.
   *
   * @param width of the digits in bits, 3 or more
   */
  OddMultiples(int width) {
    multiples = new Addend[1 << (width - 2)];
    for (int i = 0; i < multiples.length; i++) {
      multiples[i] = new Addend();
    }
  }

  /** The base point doubled {@code doublings} times. */
  private static OddMultiples ofBase(int doublings) {
    EdwardsPoint base = new EdwardsPoint();
    // y = 4/5 and the even x, RFC 8032, section 5.1.
    base.setDecoded(
        HexFormat.of().parseHex("5866666666666666666666666666666666666666666666666666666666666666"),
        0);
    for (int i = 0; i < doublings; i++) {
      base.twice(true);
    }
    OddMultiples table = new OddMultiples(BASE_WIDTH);
    table.setAffine(base);
    return table;
  }

  /** Becomes the odd multiples of {@code point}, which becomes something else. */
  void set(EdwardsPoint point) {
    multiples[0].set(point);
    point.twice(true);
    // The last place holds 2 P until it is needed.
    Addend two = multiples[multiples.length - 1];
    two.set(point);
    point.add(multiples[0], true);
    for (int i = 1; i < multiples.length - 1; i++) {
      multiples[i].set(point);
      point.add(two, true);
    }
    two.set(point);
  }

  /** As {@link #set}, with Z = 1. One inversion serves all, after Montgomery. */
  private void setAffine(EdwardsPoint point) {
    int count = multiples.length;
    Addend two = new Addend();
    EdwardsPoint[] points = new EdwardsPoint[count];
    FieldElement[] products = new FieldElement[count];
    EdwardsPoint sum = new EdwardsPoint();
    sum.set(point);
    point.twice(true);
    two.set(point);
    FieldElement product = new FieldElement();
    product.set(1);
    for (int i = 0; i < count; i++) {
      points[i] = new EdwardsPoint();
      points[i].set(sum);
      products[i] = new FieldElement();
      products[i].set(product);
      product.multiply(product, sum.z);
      sum.add(two, true);
    }
    FieldElement inverse = new FieldElement();
    inverse.invert(product);
    FieldElement ofOne = new FieldElement();
    for (int i = count - 1; i >= 0; i--) {
      ofOne.multiply(inverse, products[i]);
      multiples[i].setAffine(points[i], ofOne);
      inverse.multiply(inverse, points[i].z);
    }
  }

  /** Adds {@code digit} times the point, odd and in the range of the table, to {@code sum}. */
  void addTo(EdwardsPoint sum, int digit, boolean isExtended) {
    if (digit > 0) {
      sum.add(multiples[digit >> 1], isExtended);
    } else {
      sum.subtract(multiples[-digit >> 1], isExtended);
    }
  }
}
