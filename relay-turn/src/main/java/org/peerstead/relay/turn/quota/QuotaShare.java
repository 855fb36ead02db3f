package org.peerstead.relay.turn.quota;

import org.jspecify.annotations.Nullable;

/**
 * One allocation's part in the quotas. Used by the allocation's owner thread; asking allocates
 * nothing and takes no lock.
 *
 * <p>Bytes are drawn from the shared buckets in chunks, so that loops rarely meet on one; what a
 * share holds has been paid for, so limits are never exceeded, but a burst can be larger by a chunk
 * for each allocation of the user.
 */
public final class QuotaShare implements QuotaResult {
  private static final int LARGEST_CHUNK = 32_768;

  /** A chunk is at most a hundredth of a second's worth, but for larger datagrams. */
  private static final long CHUNKS_PER_SECOND = 100;

  private final Quotas quotas;
  final UserLedger user;
  final SourceKey source;
  private int upCredit;
  private int downCredit;
  private boolean isReleased;

  QuotaShare(Quotas quotas, UserLedger user, SourceKey source) {
    this.quotas = quotas;
    this.user = user;
    this.source = source;
  }

  /**
   * Whether a datagram of the client may go to a peer.
   *
   * @param bytes 0 to 65,535
   */
  public boolean admitUp(int bytes, long nowNanos) {
    @Nullable QuotaLimits limits = quotas.rates();
    if (limits == null) {
      return true;
    }
    if (bytes > upCredit) {
      upCredit += borrow(user.up, quotas.totalUp, bytes - upCredit, limits, nowNanos);
      if (bytes > upCredit) {
        return false;
      }
    }
    upCredit -= bytes;
    return true;
  }

  /**
   * Whether a datagram of a peer may go to the client.
   *
   * @param bytes 0 to 65,535
   */
  public boolean admitDown(int bytes, long nowNanos) {
    @Nullable QuotaLimits limits = quotas.rates();
    if (limits == null) {
      return true;
    }
    if (bytes > downCredit) {
      downCredit += borrow(user.down, quotas.totalDown, bytes - downCredit, limits, nowNanos);
      if (bytes > downCredit) {
        return false;
      }
    }
    downCredit -= bytes;
    return true;
  }

  private static int borrow(
      RateBucket ofUser, RateBucket ofAll, int needed, QuotaLimits limits, long nowNanos) {
    long userRate = limits.bitsPerSecondPerUser();
    long totalRate = limits.bitsPerSecond();
    long rate =
        userRate == 0 ? totalRate : totalRate == 0 ? userRate : Math.min(userRate, totalRate);
    int chunk = Math.clamp(rate / 8 / CHUNKS_PER_SECOND, needed, Math.max(needed, LARGEST_CHUNK));
    if (draw(ofUser, ofAll, chunk, userRate, totalRate, nowNanos)) {
      return chunk;
    }
    return chunk > needed && draw(ofUser, ofAll, needed, userRate, totalRate, nowNanos)
        ? needed
        : 0;
  }

  private static boolean draw(
      RateBucket ofUser,
      RateBucket ofAll,
      int bytes,
      long userRate,
      long totalRate,
      long nowNanos) {
    if (userRate != 0 && !ofUser.draw(bytes, userRate, nowNanos)) {
      return false;
    }
    if (totalRate != 0 && !ofAll.draw(bytes, totalRate, nowNanos)) {
      if (userRate != 0) {
        ofUser.putBack(bytes, userRate);
      }
      return false;
    }
    return true;
  }

  /** For the TCP connections of the allocation; usable by any thread. */
  public StreamPace streamPace() {
    return new StreamPace(quotas, user);
  }

  /**
   * Ends the allocation's part.
   *
   * @throws IllegalStateException when it has ended already
   */
  public void release() {
    if (isReleased) {
      throw new IllegalStateException("a share of the quotas ends once");
    }
    isReleased = true;
    quotas.release(this);
  }
}
