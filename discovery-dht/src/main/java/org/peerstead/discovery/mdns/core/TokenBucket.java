package org.peerstead.discovery.mdns.core;

/**
 * Lets so many things happen in a second, and twice as many after a quiet while. Not thread-safe.
 */
final class TokenBucket {
  private static final long SECOND = 1_000_000_000L;

  private final long nanosPerToken;
  private final long capacityNanos;
  private long emptyUntilNanos;
  private boolean isUsed;

  TokenBucket(int perSecond) {
    this.nanosPerToken = SECOND / perSecond;
    this.capacityNanos = 2 * SECOND;
  }

  /** Whether one more may happen now. */
  boolean take(long now) {
    // The bucket was empty at this time, had nothing been put into it since.
    long empty = isUsed ? Math.max(emptyUntilNanos, now - capacityNanos) : now - capacityNanos;
    if (empty + nanosPerToken > now) {
      return false;
    }
    isUsed = true;
    emptyUntilNanos = empty + nanosPerToken;
    return true;
  }
}
