package org.peerstead.relay.turn;

import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.turn.ports.PortPool;

/** Finds a port for an allocation and opens the socket on it. Not thread-safe. */
final class RelayedPorts {
  /** Ports that other programs may hold before we give up. */
  private static final int MAX_TRIES = 16;

  /** Which port a client wants (RFC 8656 section 7.1). */
  enum Wish {
    ANY,
    /** EVEN-PORT without the R bit. */
    EVEN,
    /** EVEN-PORT with the R bit: the next port is kept for the client. */
    EVEN_PAIR
  }

  private final RelayShard shard;
  private final RelayContext context;
  private final Allocations allocations;
  private final DataPath dataPath;

  RelayedPorts(RelayShard shard, RelayContext context, Allocations allocations, DataPath dataPath) {
    this.shard = shard;
    this.context = context;
    this.allocations = allocations;
    this.dataPath = dataPath;
  }

  /**
   * Opens a relayed address and adds it to the allocation. For {@link Wish#EVEN_PAIR} the next port
   * is taken from the pool as well, and is the caller's to give back.
   *
   * @return null when there is no port or no descriptor
   */
  @Nullable RelayedAddress open(
      Allocation allocation, IpFamily family, Wish wish, long expiresAtNanos, long nowNanos) {
    PortPool ports = context.ports(family);
    for (int i = 0; i < MAX_TRIES; i++) {
      int port =
          switch (wish) {
            case ANY -> ports.take(nowNanos);
            case EVEN -> ports.takeEven(nowNanos);
            case EVEN_PAIR -> ports.takeEvenPair(nowNanos);
          };
      if (port < 0) {
        return null;
      }
      RelayedAddress opened = openAt(allocation, family, port, expiresAtNanos);
      if (opened != null) {
        return opened;
      }
      ports.giveBack(port, nowNanos);
      if (wish == Wish.EVEN_PAIR) {
        ports.giveBack(port + 1, nowNanos);
      }
    }
    return null;
  }

  /** Opens a relayed address at a port that is already taken from the pool. */
  @Nullable RelayedAddress openAt(
      Allocation allocation, IpFamily family, int port, long expiresAtNanos) {
    RelayedHost host = context.config().host(family);
    if (host == null) {
      return null;
    }
    RelayedAddress relayed = new RelayedAddress(allocation, host, port, dataPath, expiresAtNanos);
    RelaySocket socket = shard.sockets().open(family, port, relayed);
    if (socket == null) {
      return null;
    }
    relayed.socket = socket;
    allocations.added(relayed);
    return relayed;
  }

  /** The same for TCP peers (RFC 6062). */
  @Nullable RelayedAddress openTcp(
      Allocation allocation, IpFamily family, long expiresAtNanos, long nowNanos) {
    RelayedHost host = context.config().host(family);
    TcpRelaySockets sockets = shard.tcpSockets();
    if (host == null || sockets == null) {
      return null;
    }
    PortPool ports = context.ports(family);
    for (int i = 0; i < MAX_TRIES; i++) {
      int port = ports.take(nowNanos);
      if (port < 0) {
        return null;
      }
      RelayedAddress relayed = new RelayedAddress(allocation, host, port, dataPath, expiresAtNanos);
      TcpRelay relay = new TcpRelay(context, relayed);
      TcpRelaySocket socket = sockets.open(family, port, relay);
      if (socket != null) {
        relay.opened(socket);
        allocation.tcp = relay;
        allocations.added(relayed);
        return relayed;
      }
      ports.giveBack(port, nowNanos);
    }
    return null;
  }
}
