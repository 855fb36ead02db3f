package org.peerstead.relay.turn.simulation;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;

/** An allocation as the model knows it. */
final class Held {
  /**
   * A client's 5-tuple.
   *
   * @param listener that of UDP, or {@link Streams#LISTENER}
   */
  record Path(int listener, TransportAddress client) {
    boolean isStream() {
      return listener == Streams.LISTENER;
    }
  }

  /** A relayed address. */
  static final class Half {
    final int port;
    long expiresNanos;
    final Map<IpAddress, Long> permissions = new HashMap<>();

    Half(int port, long expiresNanos) {
      this.port = port;
      this.expiresNanos = expiresNanos;
    }

    boolean isLive(long nowNanos) {
      return expiresNanos > nowNanos;
    }

    boolean permits(IpAddress peer, long nowNanos) {
      return permissions.getOrDefault(peer, Long.MIN_VALUE) > nowNanos;
    }
  }

  /** A channel. */
  record Bound(TransportAddress peer, long expiresNanos) {}

  final String username;
  final IpAddress source;
  final byte[] allocateId;
  final byte[] allocateAnswer;
  final long createdNanos;
  final Map<IpFamily, Half> halves = new EnumMap<>(IpFamily.class);
  final Map<Integer, Bound> channels = new TreeMap<>();
  String sessionId = "";
  Path path;
  @Nullable Path nextPath;
  @Nullable String ticket;
  @Nullable String nextTicket;

  /** Whether it was ended by a request or an operator. */
  boolean isReleased;

  /** Whether its client's connection has ended. */
  boolean isDisconnected;

  long packetsUp;
  long bytesUp;
  long packetsDown;
  long bytesDown;

  Held(String username, Path path, byte[] allocateId, byte[] allocateAnswer, long createdNanos) {
    this.username = username;
    this.source = path.client().ip();
    this.path = path;
    this.allocateId = allocateId;
    this.allocateAnswer = allocateAnswer;
    this.createdNanos = createdNanos;
  }

  boolean isLive(long nowNanos) {
    return !isReleased
        && !isDisconnected
        && halves.values().stream().anyMatch(half -> half.isLive(nowNanos));
  }

  boolean isAt(Path where) {
    return where.equals(path) || where.equals(nextPath);
  }

  @Nullable Half live(IpFamily family, long nowNanos) {
    Half half = halves.get(family);
    return half != null && half.isLive(nowNanos) && !isReleased ? half : null;
  }

  /** The number of a live channel to a peer; -1 when there is none. */
  int channelTo(TransportAddress peer, long nowNanos) {
    for (Map.Entry<Integer, Bound> channel : channels.entrySet()) {
      Bound bound = channel.getValue();
      if (bound.peer().equals(peer) && bound.expiresNanos() > nowNanos) {
        return channel.getKey();
      }
    }
    return -1;
  }

  @Nullable Bound live(int channel, long nowNanos) {
    Bound bound = channels.get(channel);
    return bound != null && bound.expiresNanos() > nowNanos ? bound : null;
  }
}
