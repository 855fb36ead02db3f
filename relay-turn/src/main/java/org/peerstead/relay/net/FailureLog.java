package org.peerstead.relay.net;

/**
 * Logs failures of an engine, at most one a minute: what fails for one packet may fail for millions
 * of the same kind, and a full disk is worse than they are. All are counted elsewhere. For one
 * thread.
 */
public final class FailureLog {
  private static final long INTERVAL_NANOS = 60_000_000_000L;

  private final System.Logger logger;
  private boolean isUsed;
  private long loggedNanos;
  private long unlogged;

  /** Nothing was logged yet. */
  public FailureLog(System.Logger logger) {
    this.logger = logger;
  }

  /** A failure at a monotonic time. */
  public void add(RuntimeException failure, long nowNanos) {
    if (isUsed && nowNanos - loggedNanos < INTERVAL_NANOS) {
      unlogged++;
      return;
    }
    logger.log(
        System.Logger.Level.ERROR,
        unlogged == 0
            ? "the engine failed"
            : "the engine failed, as it did " + unlogged + " times since this was logged last",
        failure);
    isUsed = true;
    loggedNanos = nowNanos;
    unlogged = 0;
  }
}
