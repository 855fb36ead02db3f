package org.peerstead.relay.turn;

import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.MalformedStunException;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunError;
import org.peerstead.relay.stun.StunMethod;
import org.peerstead.relay.stun.StunWriter;
import org.peerstead.relay.stun.TransactionId;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.policy.PeerPolicy;
import org.peerstead.relay.turn.policy.Verdict;
import org.peerstead.relay.turn.quota.StreamPace;

/**
 * The TCP connections of an allocation whose peers speak TCP (RFC 6062). Owner thread only; the
 * joined connections carry their bytes without it.
 */
final class TcpRelay implements TcpPeerSink {
  /** How long a peer may take to accept a connection; RFC: at least 30 seconds. */
  private static final long CONNECT_NANOS = 30_000_000_000L;

  /** How long a connection waits for the client's ConnectionBind (RFC 6062 section 5.3). */
  private static final long WAIT_NANOS = 30_000_000_000L;

  private static final int MAX_CONNECTIONS = 64;

  private record Peer(long high, long low, int port) {}

  /** A connection that is up. */
  private static final class Link {
    final Peer peer;
    final int id;
    final long waitsUntilNanos;
    boolean isJoined;

    Link(Peer peer, int id, long waitsUntilNanos) {
      this.peer = peer;
      this.id = id;
      this.waitsUntilNanos = waitsUntilNanos;
    }
  }

  private final RelayContext context;
  private final RelayedAddress relayed;
  private final Set<Peer> connecting = new HashSet<>();
  private final Map<PeerConnection, Link> links = new IdentityHashMap<>();
  private @Nullable TcpRelaySocket socket;

  TcpRelay(RelayContext context, RelayedAddress relayed) {
    this.context = context;
    this.relayed = relayed;
  }

  void opened(TcpRelaySocket opened) {
    socket = opened;
  }

  /** A client wants a connection to a peer (RFC 6062 section 5.2). */
  void connect(Exchange exchange) throws MalformedStunException {
    TransportAddress address = exchange.request().xorAddress(StunAttribute.XOR_PEER_ADDRESS);
    TcpRelaySocket from = socket;
    if (address == null || from == null) {
      exchange.fail(StunError.BAD_REQUEST);
      return;
    }
    if (address.ip().family() != relayed.family()) {
      exchange.fail(StunError.PEER_ADDRESS_FAMILY_MISMATCH);
      return;
    }
    PeerPolicy policy = context.policy();
    Verdict verdict = policy.judge(address.ip().family(), address.ip().high(), address.ip().low());
    if (!verdict.isAllowed() || !policy.allowsPort(verdict, address.port())) {
      exchange.fail(StunError.FORBIDDEN);
      return;
    }
    Peer peer = new Peer(address.ip().high(), address.ip().low(), address.port());
    if (connecting.contains(peer)
        || links.values().stream().anyMatch(link -> link.peer.equals(peer))) {
      exchange.fail(StunError.CONNECTION_ALREADY_EXISTS);
      return;
    }
    if (connecting.size() + links.size() >= MAX_CONNECTIONS) {
      exchange.fail(StunError.INSUFFICIENT_CAPACITY);
      return;
    }
    connecting.add(peer);
    IpAddress reached =
        address.ip().equals(relayed.host.advertised()) ? relayed.host.local() : address.ip();
    from.connect(
        reached.high(),
        reached.low(),
        address.port(),
        CONNECT_NANOS,
        (connection, nowNanos) -> connected(exchange, peer, connection, nowNanos));
  }

  private void connected(
      Exchange exchange, Peer peer, @Nullable PeerConnection connection, long nowNanos) {
    connecting.remove(peer);
    if (connection == null) {
      exchange.fail(StunError.CONNECTION_TIMEOUT_OR_FAILURE);
      return;
    }
    if (relayed.allocation.isEnded) {
      connection.close();
      return;
    }
    int id = add(peer, connection, nowNanos);
    exchange.answer(
        exchange.success().uint32(StunAttribute.CONNECTION_ID, Integer.toUnsignedLong(id)));
  }

  private int add(Peer peer, PeerConnection connection, long nowNanos) {
    Allocation allocation = relayed.allocation;
    int id = context.connectionIds().add(allocation.username, allocation.tokenHolder, connection);
    links.put(connection, new Link(peer, id, nowNanos + WAIT_NANOS));
    return id;
  }

  @Override
  public StreamPace pace() {
    return relayed.allocation.share.streamPace();
  }

  /** A peer has come (RFC 6062 section 5.3). */
  @Override
  public void incoming(PeerConnection connection, long high, long low, int port, long nowNanos) {
    IpAddress local = relayed.host.local();
    boolean isOwn = low == local.low() && high == local.high();
    IpAddress shown =
        isOwn ? relayed.host.advertised() : new IpAddress(relayed.family(), high, low);
    Permission permission = relayed.permissions.find(shown.high(), shown.low(), 0);
    if (permission == null
        || !permission.isLive(nowNanos)
        || relayed.allocation.isEnded
        || connecting.size() + links.size() >= MAX_CONNECTIONS) {
      connection.close();
      return;
    }
    int id = add(new Peer(shown.high(), shown.low(), port), connection, nowNanos);
    TransactionId transaction =
        new TransactionId(context.secrets().nextInt(), context.secrets().nextLong());
    relayed.allocation.path.send(
        StunWriter.indication(StunMethod.CONNECTION_ATTEMPT, transaction)
            .xorAddress(StunAttribute.XOR_PEER_ADDRESS, new TransportAddress(shown, port))
            .uint32(StunAttribute.CONNECTION_ID, Integer.toUnsignedLong(id))
            .toBytes());
  }

  @Override
  public void ended(PeerConnection connection, long nowNanos) {
    Link link = links.remove(connection);
    if (link != null) {
      context.connectionIds().giveUp(link.id);
    }
  }

  @Override
  public void carried(long bytesUp, long bytesDown) {
    relayed.allocation.bytesUp += bytesUp;
    relayed.allocation.bytesDown += bytesDown;
  }

  /** Ends connections that nobody came for. */
  void advance(long nowNanos) {
    endIf(link -> !link.isJoined && link.waitsUntilNanos - nowNanos <= 0 && !isTaken(link));
  }

  /** Ends connections to peers that a new policy forbids. */
  void recheck() {
    PeerPolicy policy = context.policy();
    endIf(link -> {
      Verdict verdict = policy.judge(relayed.family(), link.peer.high(), link.peer.low());
      return !verdict.isAllowed() || !policy.allowsPort(verdict, link.peer.port());
    });
  }

  private interface Condition {
    boolean holds(Link link);
  }

  private void endIf(Condition condition) {
    Iterator<Map.Entry<PeerConnection, Link>> all = links.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<PeerConnection, Link> entry = all.next();
      if (condition.holds(entry.getValue())) {
        context.connectionIds().giveUp(entry.getValue().id);
        entry.getKey().close();
        all.remove();
      }
    }
  }

  /** Whether a client came for a connection; else it is nobody's from now on. */
  private boolean isTaken(Link link) {
    link.isJoined = context.connectionIds().giveUp(link.id) == null;
    return link.isJoined;
  }

  long nextDeadlineNanos(long nowNanos) {
    long soonest = nowNanos + WAIT_NANOS;
    for (Link link : links.values()) {
      if (!link.isJoined && link.waitsUntilNanos - soonest < 0) {
        soonest = link.waitsUntilNanos;
      }
    }
    return soonest;
  }

  void close() {
    for (Link link : links.values()) {
      context.connectionIds().giveUp(link.id);
    }
    links.clear();
    TcpRelaySocket closing = socket;
    if (closing != null) {
      socket = null;
      closing.close();
    }
  }
}
