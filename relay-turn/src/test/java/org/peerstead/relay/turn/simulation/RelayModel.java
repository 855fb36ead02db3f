package org.peerstead.relay.turn.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.EndReason;
import org.peerstead.relay.turn.SessionView;
import org.peerstead.relay.turn.policy.PeerPolicy;
import org.peerstead.relay.turn.policy.Verdict;
import org.peerstead.relay.turn.simulation.Held.Half;
import org.peerstead.relay.turn.simulation.Held.Path;
import org.peerstead.relay.turn.testbed.Testbed;

/**
 * What a relay holds, by the words of RFC 8656 and RFC 8016. It is told of every packet that goes
 * in and what came out, and fails when that is not allowed. Where the RFCs or the clock leave a
 * choice (what has expired may be given back a second later), it follows what the relay chose.
 */
final class RelayModel {
  static final long SECOND = 1_000_000_000L;

  /** The bounds that the relay was given. */
  record Bounds(
      int firstPort,
      int lastPort,
      int perUser,
      int perSource,
      int inAll,
      int maxPermissions,
      int maxChannels,
      int engines,
      boolean mobility,
      IpAddress localV4) {
    /** As the relay's packets to itself travel, where a NAT gives it another address outside. */
    IpAddress local(IpAddress peer) {
      return peer.equals(Testbed.RELAY_V4) ? localV4 : peer;
    }

    /** As clients know a peer. */
    IpAddress advertised(IpAddress peer) {
      return peer.equals(localV4) ? Testbed.RELAY_V4 : peer;
    }
  }

  /** A nonce that the relay has given. */
  private record Minted(TransportAddress client, long epochMillis) {}

  /** Whom a nonce belongs to: a client with several connections has one for all of them. */
  private static TransportAddress owner(Path path) {
    return path.isStream() ? new TransportAddress(path.client().ip(), 0) : path.client();
  }

  final Bounds bounds;
  final ModelPorts ports;
  final List<Held> held = new ArrayList<>();
  private final Map<String, Minted> nonces = new HashMap<>();
  private final Map<String, Held> sessions = new HashMap<>();
  PeerPolicy policy;
  boolean isDraining;
  private int opened;
  private int closed;
  long packetsUp;
  long packetsDown;
  int successes;
  int errors;

  RelayModel(Bounds bounds, PeerPolicy policy) {
    this.bounds = bounds;
    this.policy = policy;
    ports = new ModelPorts(bounds.firstPort(), bounds.lastPort());
  }

  static void check(boolean isRight, String message) {
    if (!isRight) {
      throw new AssertionError(message);
    }
  }

  // -------------------------------------------------------------------------------------- lookups

  @Nullable Held at(Path path, long nowNanos) {
    for (Held one : held) {
      if (one.isAt(path) && one.isLive(nowNanos)) {
        return one;
      }
    }
    return null;
  }

  @Nullable Held byTicket(String ticket, long nowNanos) {
    for (Held one : held) {
      boolean isIts = ticket.equals(one.ticket) || ticket.equals(one.nextTicket);
      if (isIts && one.isLive(nowNanos)) {
        return one;
      }
    }
    return null;
  }

  @Nullable Held atPort(IpFamily family, int port, long nowNanos) {
    for (Held one : held) {
      Half half = one.live(family, nowNanos);
      if (half != null && half.port == port) {
        return one;
      }
    }
    return null;
  }

  /** Ports that nobody else may be given. */
  Set<Integer> portsInUse(IpFamily family, long nowNanos) {
    Set<Integer> taken = ports.reservedPorts(family);
    for (Held one : held) {
      Half half = one.live(family, nowNanos);
      if (half != null) {
        taken.add(half.port);
      }
    }
    return taken;
  }

  /** Those, and what the relay may not have given back yet. */
  Set<Integer> portsMaybeInUse(IpFamily family, long nowNanos) {
    Set<Integer> taken = portsInUse(family, nowNanos);
    taken.addAll(ports.lapsedPorts(family));
    for (Held one : held) {
      Half half = one.halves.get(family);
      if (half != null) {
        taken.add(half.port);
      }
    }
    return taken;
  }

  boolean isPermitted(IpAddress peer) {
    return policy.judge(peer).isAllowed();
  }

  boolean isPortPermitted(TransportAddress peer) {
    Verdict verdict = policy.judge(peer.ip());
    return policy.allowsPort(verdict, peer.port());
  }

  static boolean isMapped(IpAddress peer) {
    return peer.family() == IpFamily.V6 && peer.high() == 0 && peer.low() >>> 32 == 0xffff;
  }

  // --------------------------------------------------------------------------------------- nonces

  void minted(String nonce, Path path, long epochMillis) {
    nonces.put(nonce, new Minted(owner(path), epochMillis));
  }

  /** 1 for a nonce that counts, -1 for one that does not, 0 for one on the edge. */
  int validity(String nonce, Path path, long epochMillis) {
    Minted minted = nonces.get(nonce);
    if (minted == null || !minted.client().equals(owner(path))) {
      return -1;
    }
    long age = Math.abs(epochMillis - minted.epochMillis());
    long validity = 3_600_000;
    long grain = 8_000;
    return age < validity - grain ? 1 : age > validity + grain ? -1 : 0;
  }

  // --------------------------------------------------------------------------------------- quotas

  /** Allocations that live, of a user or a source or in all; null for "any". */
  long count(@Nullable String username, @Nullable IpAddress source, boolean onlyLive, long now) {
    return held.stream()
        .filter(one -> !onlyLive || one.isLive(now))
        .filter(one -> username == null || one.username.equals(username))
        .filter(one -> source == null || isOneSource(one.source, source))
        .count();
  }

  private static boolean isOneSource(IpAddress one, IpAddress other) {
    return one.family() == other.family()
        && one.high() == other.high()
        && (one.family() == IpFamily.V6 || one.low() == other.low());
  }

  // --------------------------------------------------------------------------- births and deaths

  void begun(Held one) {
    held.add(one);
  }

  /** The client, or an operator, has ended an allocation. */
  void released(Held one) {
    one.isReleased = true;
  }

  /** A client's connection has ended; its allocation with it, unless the client may come back. */
  void disconnected(Path path) {
    for (Held one : held) {
      if (path.equals(one.nextPath)) {
        one.nextPath = null;
      } else if (path.equals(one.path) && one.ticket == null) {
        one.isDisconnected = true;
      }
    }
  }

  /** A relayed address of a dual allocation is no more. */
  void releasedHalf(Held one, IpFamily family, long nowNanos) {
    Half half = one.halves.remove(family);
    if (half != null) {
      ports.gaveBack(family, half.port, nowNanos);
    }
    one.channels.values().removeIf(channel -> channel.peer().ip().family() == family);
  }

  /** What the relay told its operators; called after every packet and every look. */
  void heard(
      List<SessionView> openedViews,
      List<SessionView> closedViews,
      List<EndReason> reasons,
      long nowNanos) {
    for (; opened < openedViews.size(); opened++) {
      SessionView view = openedViews.get(opened);
      Held one = held.getLast();
      check(one.sessionId.isEmpty(), "one allocation, two births");
      one.sessionId = view.id();
      check(sessions.put(view.id(), one) == null, "two sessions " + view.id());
      check(view.client().equals(one.path.client()), "a session of somebody else");
      check(view.userId().equals(one.username), "a session of another user");
    }
    for (; closed < closedViews.size(); closed++) {
      SessionView view = closedViews.get(closed);
      Held one = sessions.remove(view.id());
      if (one == null) {
        throw new AssertionError("an unknown session ended: " + view);
      }
      boolean isRight =
          switch (reasons.get(closed)) {
            case RELEASED, ENDED_BY_OPERATOR, SHUTDOWN -> one.isReleased;
            case EXPIRED -> !one.isReleased && !one.isLive(nowNanos);
            case DISCONNECTED -> one.isDisconnected;
          };
      check(isRight, "ended as " + reasons.get(closed) + " at " + nowNanos + ": " + view);
      check(
          view.packetsUp() == one.packetsUp
              && view.bytesUp() == one.bytesUp
              && view.packetsDown() == one.packetsDown
              && view.bytesDown() == one.bytesDown,
          "counted otherwise than carried: " + view);
      one.halves.forEach((family, half) -> ports.gaveBack(family, half.port, nowNanos));
      held.remove(one);
    }
    for (Held one : held) {
      check(!one.isReleased && !one.isDisconnected, "released and still there");
      check(!one.sessionId.isEmpty(), "an allocation that no operator heard of");
    }
  }

  /** The relay has looked at what has run out, which it does at least every second. */
  void looked(long nowNanos) {
    ports.looked(nowNanos);
    for (Held one : held) {
      for (IpFamily family : IpFamily.values()) {
        Half half = one.halves.get(family);
        if (half != null && half.expiresNanos + SECOND <= nowNanos) {
          check(one.halves.size() > 1, "still there a second after it expired");
          releasedHalf(one, family, nowNanos);
        }
      }
    }
  }

  // ------------------------------------------------------------------------------- judging answers

  /** What a request may be answered. */
  static final class Outcomes {
    private final Set<Integer> must = new HashSet<>();
    private final Set<Integer> may = new HashSet<>();

    /** It fails, with this or another code that it deserves. */
    Outcomes fails(int... codes) {
      Arrays.stream(codes).forEach(must::add);
      return this;
    }

    Outcomes failsIf(boolean condition, int code) {
      return condition ? fails(code) : this;
    }

    /** It may fail with this. */
    Outcomes mayFailIf(boolean condition, int code) {
      if (condition) {
        may.add(code);
      }
      return this;
    }

    boolean mustFail() {
      return !must.isEmpty();
    }

    /** Checks a code; whether it was a success. */
    boolean isSuccess(int code, Wire request) {
      boolean isRight = code == 0 ? must.isEmpty() : must.contains(code) || may.contains(code);
      check(isRight, code + " where " + must + " had to be and " + may + " could: " + request);
      return code == 0;
    }
  }
}
