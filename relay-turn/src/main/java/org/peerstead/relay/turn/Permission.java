package org.peerstead.relay.turn;

import org.peerstead.relay.turn.policy.Verdict;

/**
 * Leave of one host to send to a client, and of the client to send to it (RFC 8656 section 9). Held
 * for 300 seconds; only requests renew it, data does not.
 */
final class Permission implements AddressTable.Keyed {
  static final long LIFETIME_NANOS = 300_000_000_000L;

  private final long high;
  private final long low;
  Verdict verdict;
  long expiresAtNanos;

  /** Channels that lead to this host; they need this very object. */
  int channels;

  Permission(long high, long low, Verdict verdict, long expiresAtNanos) {
    this.high = high;
    this.low = low;
    this.verdict = verdict;
    this.expiresAtNanos = expiresAtNanos;
  }

  boolean isLive(long nowNanos) {
    return expiresAtNanos - nowNanos > 0;
  }

  @Override
  public long high() {
    return high;
  }

  @Override
  public long low() {
    return low;
  }

  @Override
  public int tag() {
    return 0;
  }
}
