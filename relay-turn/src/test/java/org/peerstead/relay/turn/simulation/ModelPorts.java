package org.peerstead.relay.turn.simulation;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpFamily;

/**
 * Which ports the model knows to be in use, and which ones may still be: what has expired is given
 * back when the relay next looks.
 */
final class ModelPorts {
  private static final long REST_NANOS = 10_000_000_000L;

  /** A port that waits for its second Allocate. */
  record Reserved(String username, IpFamily family, int port, long expiresNanos) {}

  private final int first;
  private final int last;
  private final Map<String, Reserved> reserved = new HashMap<>();

  /** Reservations that have run out; the relay may not have noticed. */
  private final List<Reserved> lapsed = new ArrayList<>();

  private final Map<IpFamily, Map<Integer, Long>> lastUsed = new EnumMap<>(IpFamily.class);

  ModelPorts(int first, int last) {
    this.first = first;
    this.last = last;
    for (IpFamily family : IpFamily.values()) {
      lastUsed.put(family, new HashMap<>());
    }
  }

  void reserve(String token, Reserved port) {
    if (reserved.put(token, port) != null) {
      throw new AssertionError("a token was given twice");
    }
  }

  /** The reservation that a token stands for, if a user may have it now. */
  @Nullable Reserved find(String token, String username, long nowNanos) {
    Reserved port = reserved.get(token);
    return port != null && port.username().equals(username) && port.expiresNanos() > nowNanos
        ? port
        : null;
  }

  void redeem(String token) {
    reserved.remove(token);
  }

  void lapse(long nowNanos) {
    Iterator<Reserved> all = reserved.values().iterator();
    while (all.hasNext()) {
      Reserved one = all.next();
      if (one.expiresNanos() <= nowNanos) {
        lapsed.add(one);
        all.remove();
      }
    }
  }

  /** The relay has looked: what lapsed is back. */
  void looked(long nowNanos) {
    lapse(nowNanos);
    lapsed.forEach(one -> gaveBack(one.family(), one.port(), nowNanos));
    lapsed.clear();
  }

  void gaveBack(IpFamily family, int port, long nowNanos) {
    lastUsed.get(family).put(port, nowNanos);
  }

  Set<Integer> reservedPorts(IpFamily family) {
    return portsOf(reserved.values(), family);
  }

  Set<Integer> lapsedPorts(IpFamily family) {
    return portsOf(lapsed, family);
  }

  private static Set<Integer> portsOf(Iterable<Reserved> ports, IpFamily family) {
    Set<Integer> found = new HashSet<>();
    for (Reserved one : ports) {
      if (one.family() == family) {
        found.add(one.port());
      }
    }
    return found;
  }

  /** How a port may be asked for. */
  enum Kind {
    ANY,
    EVEN,
    PAIR
  }

  /** Whether a port of a kind is left when those are taken. */
  boolean isLeft(Kind kind, Set<Integer> taken) {
    for (int port = first; port <= last; port++) {
      if (isOfKind(kind, port, taken)) {
        return true;
      }
    }
    return false;
  }

  /** As {@link #isLeft}, among ports that have rested. */
  boolean isRestedLeft(Kind kind, Set<Integer> taken, IpFamily family, long nowNanos) {
    Set<Integer> unusable = new HashSet<>(taken);
    lastUsed
        .get(family)
        .forEach((port, at) -> {
          if (nowNanos - at < REST_NANOS) {
            unusable.add(port);
          }
        });
    return isLeft(kind, unusable);
  }

  boolean isOfKind(Kind kind, int port, Set<Integer> taken) {
    if (port < first || port > last || taken.contains(port)) {
      return false;
    }
    return switch (kind) {
      case ANY -> true;
      case EVEN -> port % 2 == 0;
      case PAIR -> port % 2 == 0 && port < last && !taken.contains(port + 1);
    };
  }

  int size() {
    return last - first + 1;
  }
}
