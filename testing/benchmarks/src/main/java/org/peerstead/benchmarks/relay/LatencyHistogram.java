package org.peerstead.benchmarks.relay;

/**
 * How often each latency was seen, in buckets at most 1/32 wider than what is in them. Up to one
 * hour; negative counts as zero. Not thread-safe; adding allocates nothing.
 */
final class LatencyHistogram {
  private static final int SUB_BITS = 5;
  private static final int SUBS = 1 << SUB_BITS;
  private static final long MAX_NANOS = 3_600_000_000_000L;

  private final long[] counts = new long[bucket(MAX_NANOS) + 1];
  private long total;

  /** Buckets of one nanosecond below 32, then 32 for each power of two. */
  private static int bucket(long nanos) {
    int shift = Math.max(0, 63 - Long.numberOfLeadingZeros(nanos | 1) - SUB_BITS);
    return (shift << SUB_BITS) + (int) (nanos >>> shift);
  }

  /** The largest latency of a bucket. */
  private static long upperBound(int bucket) {
    if (bucket < 2 * SUBS) {
      return bucket;
    }
    int shift = (bucket >> SUB_BITS) - 1;
    long start = (long) (SUBS + (bucket & (SUBS - 1))) << shift;
    return start + (1L << shift) - 1;
  }

  void add(long nanos) {
    counts[bucket(Math.clamp(nanos, 0, MAX_NANOS))]++;
    total++;
  }

  long total() {
    return total;
  }

  /**
   * The latency in nanoseconds that the given share of all did not exceed, at most 1/32 too high; 0
   * when there are none.
   *
   * @param share 0 to 1
   */
  long percentile(double share) {
    long wanted = Math.max(1, (long) Math.ceil(share * total));
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (seen >= wanted) {
        return upperBound(i);
      }
    }
    return 0;
  }
}
