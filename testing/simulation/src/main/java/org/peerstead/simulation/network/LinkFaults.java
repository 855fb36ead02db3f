package org.peerstead.simulation.network;

/**
 * What the network does to packets. Probabilities are those of a single packet, 0 to 1.
 *
 * @param jitterShare mean of the additional delay (exponentially distributed) as a share of the
 *     least one; makes packets overtake each other
 * @param loss of any packet
 * @param duplication of a packet arriving twice
 * @param reordering of a packet being held back by up to 200 ms
 * @param burstEveryMillis mean time between two outages of the access line of one place; 0 for none
 * @param burstMillis mean length of such an outage, in which everything sent from or to it is lost
 */
public record LinkFaults(
    double jitterShare,
    double loss,
    double duplication,
    double reordering,
    double burstEveryMillis,
    double burstMillis) {
  /** Nothing goes wrong, and every packet takes the least time. */
  public static final LinkFaults NONE = new LinkFaults(0, 0, 0, 0, 0, 0);

  /**
   * An ordinary day: 1 % loss, 0.1 % duplicates, 0.5 % held back, jitter of a tenth, and each line
   * away for 2 s every 20 minutes.
   */
  public static final LinkFaults ORDINARY =
      new LinkFaults(0.1, 0.01, 0.001, 0.005, 1_200_000, 2_000);

  /** Checks the ranges. */
  public LinkFaults {
    probability("loss", loss);
    probability("duplication", duplication);
    probability("reordering", reordering);
    if (jitterShare < 0 || burstEveryMillis < 0 || burstMillis < 0) {
      throw new IllegalArgumentException("negative jitter or burst");
    }
  }

  private static void probability(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(name + " " + value + " outside 0 to 1");
    }
  }

  /** The same with another random loss. */
  public LinkFaults withLoss(double newLoss) {
    return new LinkFaults(
        jitterShare, newLoss, duplication, reordering, burstEveryMillis, burstMillis);
  }
}
