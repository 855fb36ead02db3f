package org.peerstead.relay.turn.quota;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A token bucket that many threads draw from, as the time at which it will be full again (the
 * generic cell rate algorithm): one number, changed by compare-and-set. Holds half a second's
 * worth, and at least one datagram of any size.
 */
final class RateBucket {
  private static final long BURST_NANOS = 500_000_000L;

  /** What streams may owe, and more than clocks of threads differ. */
  private static final long MAX_DEBT_NANOS = 10_000_000_000L;

  private static final int LARGEST_DATAGRAM = 65_535;

  /** Monotonic time at which the bucket is full if nobody draws. */
  private final AtomicLong fullAt;

  RateBucket(long nowNanos) {
    fullAt = new AtomicLong(nowNanos);
  }

  /** How long a rate needs for a number of bytes. */
  static long nanosFor(int bytes, long bitsPerSecond) {
    return (bytes * 8_000_000_000L + bitsPerSecond - 1) / bitsPerSecond;
  }

  private static long depthNanos(long bitsPerSecond) {
    return Math.max(BURST_NANOS, nanosFor(LARGEST_DATAGRAM, bitsPerSecond));
  }

  /** Takes bytes if they are there. */
  boolean draw(int bytes, long bitsPerSecond, long nowNanos) {
    long cost = nanosFor(bytes, bitsPerSecond);
    long depth = depthNanos(bitsPerSecond);
    while (true) {
      long full = fullAt.get();
      long debt = Math.clamp(full - nowNanos, 0, depth);
      if (debt + cost > depth) {
        // Streams owe, and threads look at their clocks before they come here, so that more may be
        // missing than the bucket holds. Far more is missing when the rate was raised or the clock
        // went back: the bucket is empty then, and fills from now on.
        boolean isPlausible = full - nowNanos <= depth + MAX_DEBT_NANOS;
        if (isPlausible || fullAt.compareAndSet(full, nowNanos + depth)) {
          return false;
        }
      } else if (fullAt.compareAndSet(full, nowNanos + debt + cost)) {
        return true;
      }
    }
  }

  /**
   * Takes bytes that are used already, whether they are there or not.
   *
   * @return nanoseconds until what was not there has come
   */
  long charge(int bytes, long bitsPerSecond, long nowNanos) {
    long cost = nanosFor(bytes, bitsPerSecond);
    long depth = depthNanos(bitsPerSecond);
    // Who draws takes a larger debt for a mistake.
    long most = nowNanos + depth + MAX_DEBT_NANOS;
    while (true) {
      long full = fullAt.get();
      long wanted = nowNanos + Math.clamp(full - nowNanos, 0, depth + MAX_DEBT_NANOS) + cost;
      long next = wanted - most > 0 ? most : wanted;
      if (fullAt.compareAndSet(full, next)) {
        return Math.max(0, wanted - nowNanos - depth);
      }
    }
  }

  /** Puts bytes back that were drawn and not used. */
  void putBack(int bytes, long bitsPerSecond) {
    fullAt.addAndGet(-nanosFor(bytes, bitsPerSecond));
  }

  /** When it is full if nobody draws. */
  long fullAtNanos() {
    return fullAt.get();
  }
}
