package org.peerstead.relay.turn.quota;

/**
 * Limits; 0 stands for "no limit". Rates hold for each direction on its own, so that a user with 1
 * Mbit/s may send and receive 1 Mbit/s at a time; they count payload bytes that are relayed.
 *
 * @param allocationsPerUser at a time, of one user id (not of one username: REST usernames change)
 * @param allocationsPerSource at a time, of clients at one IPv4 address or in one IPv6 /64
 * @param allocations at a time in all
 * @param bitsPerSecondPerUser of all allocations of a user id together
 * @param bitsPerSecond of all allocations together
 */
public record QuotaLimits(
    int allocationsPerUser,
    int allocationsPerSource,
    int allocations,
    long bitsPerSecondPerUser,
    long bitsPerSecond) {
  /** Highest rate that can be set: 1 Tbit/s. */
  public static final long MAX_BITS_PER_SECOND = 1_000_000_000_000L;

  /** No limits at all. */
  public static final QuotaLimits NONE = new QuotaLimits(0, 0, 0, 0, 0);

  /**
   * Room for a user with several calls at once, and for an office behind one address; no limit of
   * rates.
   */
  public static final QuotaLimits DEFAULTS = new QuotaLimits(100, 500, 10_000, 0, 0);

  public QuotaLimits {
    if (allocationsPerUser < 0 || allocationsPerSource < 0 || allocations < 0) {
      throw new IllegalArgumentException("limits of allocations are 0 (none) or more");
    }
    check(bitsPerSecondPerUser);
    check(bitsPerSecond);
  }

  private static void check(long rate) {
    if (rate < 0 || rate > MAX_BITS_PER_SECOND) {
      throw new IllegalArgumentException(
          "a rate is 0 (none) to " + MAX_BITS_PER_SECOND + " bit/s, not " + rate);
    }
  }
}
