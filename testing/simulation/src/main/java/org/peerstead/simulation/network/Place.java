package org.peerstead.simulation.network;

import java.util.random.RandomGenerator;

/**
 * Where in the network something is. The distance of two places in the plane, plus the way from
 * each into the network, is the least time a packet takes from one to the other.
 *
 * @param x milliseconds
 * @param y milliseconds
 * @param accessMillis time that every packet takes between the place and the network, for example 2
 *     in a data centre and 8 at home
 */
public record Place(double x, double y, double accessMillis) {
  private static final double[][] REGIONS = {{0, 0}, {45, 5}, {75, 10}, {95, -35}, {30, -50}};
  private static final double[] SHARES = {0.35, 0.25, 0.15, 0.2, 0.05};
  private static final double SPREAD_MILLIS = 9;

  /** Checks that the access takes some time. */
  public Place {
    if (!(accessMillis > 0)) {
      throw new IllegalArgumentException("access of " + accessMillis + " ms, must be above 0");
    }
  }

  /**
   * Somewhere in one of five regions whose distances are about those of Europe, the east and west
   * of North America, Asia and South America.
   */
  public static Place onEarth(RandomGenerator chance, double accessMillis) {
    double left = chance.nextDouble();
    int region = 0;
    while (region < SHARES.length - 1 && left >= SHARES[region]) {
      left -= SHARES[region];
      region++;
    }
    return new Place(
        REGIONS[region][0] + SPREAD_MILLIS * chance.nextGaussian(),
        REGIONS[region][1] + SPREAD_MILLIS * chance.nextGaussian(),
        accessMillis);
  }

  /** Least time of a packet from here to {@code other}, in milliseconds. */
  double delayMillis(Place other) {
    return Math.hypot(x - other.x, y - other.y) + accessMillis + other.accessMillis;
  }
}
