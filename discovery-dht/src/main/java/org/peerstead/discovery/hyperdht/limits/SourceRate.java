package org.peerstead.discovery.hyperdht.limits;

/**
 * How often a source may do something: {@code burst} times at once, {@code perSecond} times in the
 * long run.
 *
 * @param perSecond 1 to 1,000,000
 * @param burst 1 to 1,000,000
 */
public record SourceRate(int perSecond, int burst) {
  private static final int MAX = 1_000_000;

  /** Checks the bounds. */
  public SourceRate {
    if (perSecond < 1 || perSecond > MAX || burst < 1 || burst > MAX) {
      throw new IllegalArgumentException(
          "rate of " + perSecond + " per second, " + burst + " at once: not within 1 to " + MAX);
    }
  }

  /** Nanoseconds after which one more is allowed. */
  long intervalNanos() {
    return 1_000_000_000L / perSecond;
  }
}
