package org.peerstead.hypercore;

import java.time.Duration;

/**
 * How to get a block. Immutable.
 *
 * @param isWaiting whether to ask peers for what is not stored here, and to wait for peers
 * @param timeout for how long; zero = as long as the session is open
 * @param isDecrypting whether a session with an encryption key decrypts
 */
public record GetOptions(boolean isWaiting, Duration timeout, boolean isDecrypting) {
  /** Waits 30 s. */
  public static final GetOptions DEFAULT = new GetOptions(true, Duration.ofSeconds(30), true);

  /** Takes only what is stored here. */
  public static final GetOptions STORED = new GetOptions(false, Duration.ZERO, true);

  /** Checks the bounds. */
  public GetOptions {
    if (timeout.isNegative()) {
      throw new IllegalArgumentException("a negative timeout");
    }
  }

  /** Waits so long; zero = as long as the session is open. */
  public static GetOptions waiting(Duration timeout) {
    return new GetOptions(true, timeout, true);
  }

  /** The same, but blocks as they are stored. */
  public GetOptions raw() {
    return new GetOptions(isWaiting, timeout, false);
  }
}
