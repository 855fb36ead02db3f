package org.peerstead.relay.turn.quota;

import org.jspecify.annotations.Nullable;

/**
 * How fast the joined TCP connections of an allocation may go (RFC 6062). Nothing of a stream can
 * be dropped: what has been read is charged to the same buckets that datagrams draw from, and who
 * read it pauses until it is paid for. Thread-safe.
 *
 * <p>Where a limit is so low that what the connections of a user read at once takes more than ten
 * seconds to pay for, they exceed it.
 */
public final class StreamPace {
  private final Quotas quotas;
  private final UserLedger user;

  StreamPace(Quotas quotas, UserLedger user) {
    this.quotas = quotas;
    this.user = user;
  }

  /**
   * Charges bytes from the client to a peer.
   *
   * @return nanoseconds in which nothing more is to be read; 0 or more
   */
  public long chargeUp(int bytes, long nowNanos) {
    return charge(user.up, quotas.totalUp, bytes, nowNanos);
  }

  /**
   * Charges bytes from a peer to the client.
   *
   * @return nanoseconds in which nothing more is to be read; 0 or more
   */
  public long chargeDown(int bytes, long nowNanos) {
    return charge(user.down, quotas.totalDown, bytes, nowNanos);
  }

  private long charge(RateBucket ofUser, RateBucket ofAll, int bytes, long nowNanos) {
    @Nullable QuotaLimits limits = quotas.rates();
    if (limits == null) {
      return 0;
    }
    long userRate = limits.bitsPerSecondPerUser();
    long totalRate = limits.bitsPerSecond();
    return Math.max(
        userRate == 0 ? 0 : ofUser.charge(bytes, userRate, nowNanos),
        totalRate == 0 ? 0 : ofAll.charge(bytes, totalRate, nowNanos));
  }
}
