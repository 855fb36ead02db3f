package org.peerstead.hypercore.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.peerstead.securestream.encoding.Slice;

/**
 * How many connections there are, in total and accepted per source: an IPv4 address or an IPv6 /64,
 * which is what one customer has. Thread-safe.
 */
final class ConnectionLimits {
  private static final int IPV6_PREFIX_BYTES = 8;

  private final int maxTotal;
  private final int maxPerSource;
  private final Map<Slice, Integer> bySource = new HashMap<>();
  private int total;

  ConnectionLimits(int maxTotal, int maxPerSource) {
    this.maxTotal = maxTotal;
    this.maxPerSource = maxPerSource;
  }

  /** Counts a dialled connection; false when there is no room. */
  synchronized boolean enter() {
    if (total >= maxTotal) {
      return false;
    }
    total++;
    return true;
  }

  /** Counts an accepted connection; false when there is no room. */
  synchronized boolean enter(InetAddress source) {
    Slice key = keyOf(source);
    int fromThere = bySource.getOrDefault(key, 0);
    if (total >= maxTotal || fromThere >= maxPerSource) {
      return false;
    }
    total++;
    bySource.put(key, fromThere + 1);
    return true;
  }

  /** A dialled connection is over. */
  synchronized void leave() {
    total--;
  }

  /** An accepted connection is over. */
  synchronized void leave(InetAddress source) {
    total--;
    bySource.computeIfPresent(keyOf(source), (key, count) -> count == 1 ? null : count - 1);
  }

  /** Connections, those in their handshake included. */
  synchronized int total() {
    return total;
  }

  private static Slice keyOf(InetAddress source) {
    byte[] address = source.getAddress();
    return Slice.of(
        source instanceof Inet6Address ? Arrays.copyOf(address, IPV6_PREFIX_BYTES) : address);
  }
}
