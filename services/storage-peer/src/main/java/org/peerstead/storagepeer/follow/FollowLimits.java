package org.peerstead.storagepeer.follow;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How much is kept.
 *
 * @param maxBytes of all blocks together
 * @param maxCores kept at a time
 * @param maxBytesPerOwner of the blocks kept for one owner; the operator has no such limit
 * @param maxCoresPerOwner kept for one owner
 * @param eviction what happens when a limit of bytes is reached
 * @param ownerQuota the same for the quota of one owner
 * @param retention logs without activity for longer are forgotten unless pinned; null for never
 */
public record FollowLimits(
    long maxBytes,
    int maxCores,
    long maxBytesPerOwner,
    int maxCoresPerOwner,
    Policy eviction,
    Policy ownerQuota,
    @Nullable Duration retention) {

  /** What happens at a limit. */
  public enum Policy {
    /** Give up blocks of the logs with the lowest priority, the longest without activity first. */
    EVICT,
    /** Take nothing more. */
    REFUSE
  }

  /** No limit that a test would meet. */
  public static final FollowLimits NONE =
      new FollowLimits(
          Long.MAX_VALUE,
          Integer.MAX_VALUE,
          Long.MAX_VALUE,
          Integer.MAX_VALUE,
          Policy.EVICT,
          Policy.REFUSE,
          null);
}
