package org.peerstead.storagepeer;

import java.util.Set;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * Who may ask over the network for cores to be kept. Immutable.
 *
 * @param isOpenToAll whether every peer may, within the quotas
 * @param trustedPeers peers that may in any case, and that may also announce and delete
 * @param maxPerMinute cores that one connection may ask for
 */
public record StorageRequestRules(
    boolean isOpenToAll, Set<Fixed32> trustedPeers, int maxPerMinute) {
  /** Nobody may. */
  public static final StorageRequestRules NOBODY = new StorageRequestRules(false, Set.of(), 1);

  public StorageRequestRules {
    trustedPeers = Set.copyOf(trustedPeers);
    if (maxPerMinute < 1) {
      throw new IllegalArgumentException(maxPerMinute + " requests per minute");
    }
  }

  /** Whether a peer may ask for cores to be kept. */
  boolean mayStore(Fixed32 peer) {
    return isOpenToAll || isTrusted(peer);
  }

  /** Whether a peer may also have cores announced and deleted. */
  boolean isTrusted(Fixed32 peer) {
    return trustedPeers.contains(peer);
  }

  /** A budget of one connection. */
  Budget budget(long nowNanos) {
    return new Budget(maxPerMinute, nowNanos);
  }

  /** Requests that may still be made; refills evenly. Not thread-safe. */
  static final class Budget {
    private static final double NANOS_PER_MINUTE = 60e9;

    private final int maxPerMinute;
    private double left;
    private long atNanos;

    private Budget(int maxPerMinute, long nowNanos) {
      this.maxPerMinute = maxPerMinute;
      this.left = maxPerMinute;
      this.atNanos = nowNanos;
    }

    /** Takes one; false when there is none. */
    boolean take(long nowNanos) {
      left = Math.min(maxPerMinute, left + (nowNanos - atNanos) / NANOS_PER_MINUTE * maxPerMinute);
      atNanos = nowNanos;
      if (left < 1) {
        return false;
      }
      left--;
      return true;
    }
  }
}
