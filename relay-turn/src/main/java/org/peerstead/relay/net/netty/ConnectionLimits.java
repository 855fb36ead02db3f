package org.peerstead.relay.net.netty;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;

/**
 * Keeps connections within {@link ConnectionBounds}. Thread-safe. Holds an entry per source with a
 * connection and nothing else.
 */
final class ConnectionLimits {
  /** An IPv4 address or an IPv6 /64: what one party gets for free. */
  private record Source(IpFamily family, long network) {
    static Source of(IpAddress address) {
      return new Source(
          address.family(), address.family() == IpFamily.V4 ? address.low() : address.high());
    }
  }

  private final ConnectionBounds bounds;
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger unsettled = new AtomicInteger();
  private final ConcurrentHashMap<Source, Integer> bySource = new ConcurrentHashMap<>();

  ConnectionLimits(ConnectionBounds bounds) {
    this.bounds = bounds;
  }

  /** Takes a place for an unsettled connection, or says why there is none. */
  @Nullable ConnectionEnd enter() {
    if (!take(connections, bounds.connections())) {
      return ConnectionEnd.TOO_MANY;
    }
    if (!take(unsettled, bounds.unsettled())) {
      connections.decrementAndGet();
      return ConnectionEnd.TOO_MANY_UNSETTLED;
    }
    return null;
  }

  /** Counts a connection that has entered for its source as well. */
  boolean enterFrom(IpAddress address) {
    boolean[] taken = new boolean[1];
    bySource.compute(
        Source.of(address),
        (source, count) -> {
          int before = count == null ? 0 : count;
          taken[0] = before < bounds.connectionsPerSource();
          return taken[0] ? Integer.valueOf(before + 1) : count;
        });
    return taken[0];
  }

  void settled() {
    unsettled.decrementAndGet();
  }

  /** A settled connection is so no more; it is inside already and stays. */
  void unsettledAgain() {
    unsettled.incrementAndGet();
  }

  void leaveFrom(IpAddress address) {
    bySource.computeIfPresent(
        Source.of(address), (source, count) -> count > 1 ? Integer.valueOf(count - 1) : null);
  }

  void leave(boolean wasSettled) {
    if (!wasSettled) {
      unsettled.decrementAndGet();
    }
    connections.decrementAndGet();
  }

  int connections() {
    return connections.get();
  }

  int unsettled() {
    return unsettled.get();
  }

  int sources() {
    return bySource.size();
  }

  private static boolean take(AtomicInteger places, int most) {
    if (places.incrementAndGet() <= most) {
      return true;
    }
    places.decrementAndGet();
    return false;
  }
}
