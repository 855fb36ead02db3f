package org.peerstead.relay.turn.quota;

import org.peerstead.relay.stun.IpFamily;

/**
 * Limits how often a source of datagrams is answered before it has shown who it is, so that forged
 * sources are not flooded with answers (RFC 8489 section 15.1). A token bucket for each IPv4
 * address and each IPv6 /64 in a table of fixed size. Not thread-safe: one per loop. Asking
 * allocates nothing.
 *
 * <p>Who limits must choose what to do when more sources come than the table holds. Sources that
 * share a bucket, or an unknown source that finds no room, would let an attacker with many forged
 * addresses silence everybody else. Here a source never shares its bucket, and one that is not in
 * the table is always answered: it takes the place of the bucket that is nearest to full among the
 * eight where it may stand, which loses the least. So:
 *
 * <ul>
 *   <li>No number of other sources keeps a legitimate one from being answered.
 *   <li>A source that is flooded with answers has an empty bucket, the last to be displaced. To get
 *       it out, an attacker has to keep seven others of the same eight as empty, without knowing
 *       which those are (the hash is keyed), and gains one burst.
 * </ul>
 *
 * <p>What remains is that a flood from very many sources is answered, at up to {@code burst}
 * answers for each; answers are not larger than three times what was asked, and cost no memory.
 */
public final class SourceLimiter {
  private static final int WAYS = 8;
  private static final long SECOND_NANOS = 1_000_000_000L;

  /** Marks IPv4 keys; no such IPv6 address is in use (RFC 4291 section 2.7: a multicast one). */
  private static final long V4_MARK = 0xffff_ffff_0000_0000L;

  /** Pairs of key and time at which the bucket is full. A pair of zeros is a full bucket too. */
  private final long[] table;

  private final int setMask;
  private final long seed;
  private final long intervalNanos;
  private final long depthNanos;
  private long displaced;

  /**
   * A limiter in which every bucket is full.
   *
   * @param perSecond answers per second and source, 1 to 1,000,000
   * @param burst answers at once, 1 to 1,000,000
   * @param slots sources to remember; raised to a power of two, at least 8; 16 bytes each
   * @param seed unpredictable, so that nobody can aim at the place of somebody else
   */
  public SourceLimiter(int perSecond, int burst, int slots, long seed) {
    if (perSecond < 1 || perSecond > 1_000_000 || burst < 1 || burst > 1_000_000) {
      throw new IllegalArgumentException("rate and burst are 1 to 1000000");
    }
    if (slots < 1 || slots > 1 << 26) {
      throw new IllegalArgumentException("slots are 1 to 67108864, not " + slots);
    }
    int sets = Math.max(1, Integer.highestOneBit(slots * 2 - 1) / WAYS);
    this.table = new long[sets * WAYS * 2];
    this.setMask = sets - 1;
    this.seed = seed;
    this.intervalNanos = SECOND_NANOS / perSecond;
    this.depthNanos = intervalNanos * burst;
  }

  /**
   * Whether a source may be answered now; counts the answer if so.
   *
   * @param high as in {@link org.peerstead.relay.stun.IpAddress#high()}
   * @param low as in {@link org.peerstead.relay.stun.IpAddress#low()}
   */
  public boolean admit(IpFamily family, long high, long low, long nowNanos) {
    long key = family == IpFamily.V4 ? V4_MARK | low : high;
    int start = (int) mix(key) & setMask;
    int fullest = -1;
    long leastDebt = Long.MAX_VALUE;
    for (int i = start * WAYS * 2, end = i + WAYS * 2; i < end; i += 2) {
      long debt = debt(table[i + 1], nowNanos);
      if (table[i] == key) {
        return drawAt(i, debt, nowNanos);
      }
      if (debt < leastDebt) {
        leastDebt = debt;
        fullest = i;
      }
    }
    if (leastDebt > 0) {
      displaced++;
    }
    table[fullest] = key;
    return drawAt(fullest, 0, nowNanos);
  }

  private boolean drawAt(int index, long debt, long nowNanos) {
    if (debt + intervalNanos > depthNanos) {
      return false;
    }
    table[index + 1] = nowNanos + debt + intervalNanos;
    return true;
  }

  /** Time that a bucket needs to be full; what no clock can have written counts as full. */
  private long debt(long fullAt, long nowNanos) {
    long debt = fullAt - nowNanos;
    return debt < 0 || debt > depthNanos ? 0 : debt;
  }

  /** Finaliser of SplitMix64 around the seed. */
  private long mix(long key) {
    long z = (key ^ seed) * 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31) ^ seed >>> 32;
  }

  /** How often a source that was still being counted had to make room for another one. */
  public long displaced() {
    return displaced;
  }

  /** Sources that can be remembered. */
  public int slots() {
    return table.length / 2;
  }
}
