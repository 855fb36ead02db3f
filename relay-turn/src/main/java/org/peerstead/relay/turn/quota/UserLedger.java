package org.peerstead.relay.turn.quota;

/** What one user id holds. The count is guarded by {@link Quotas}; the buckets are thread-safe. */
final class UserLedger {
  final String userId;
  final RateBucket up;
  final RateBucket down;
  int allocations;

  /** Whether it waits to be forgotten. */
  boolean isLingering;

  UserLedger(String userId, long nowNanos) {
    this.userId = userId;
    this.up = new RateBucket(nowNanos);
    this.down = new RateBucket(nowNanos);
  }

  /** Whether forgetting it would give the user nothing. */
  boolean isFull(long nowNanos) {
    return up.fullAtNanos() - nowNanos <= 0 && down.fullAtNanos() - nowNanos <= 0;
  }
}
