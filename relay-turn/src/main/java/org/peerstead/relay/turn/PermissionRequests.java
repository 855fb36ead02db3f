package org.peerstead.relay.turn;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.MalformedStunException;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunError;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.RelayCounters.Count;
import org.peerstead.relay.turn.policy.PeerPolicy;
import org.peerstead.relay.turn.policy.Verdict;

/** Installs permissions and binds channels (RFC 8656 sections 10 and 12). */
final class PermissionRequests {
  private final RelayContext context;
  private final Allocations allocations;
  private final RelayCounters counters;

  PermissionRequests(RelayContext context, Allocations allocations, RelayCounters counters) {
    this.context = context;
    this.allocations = allocations;
    this.counters = counters;
  }

  void createPermission(Exchange exchange) throws MalformedStunException {
    Allocation allocation = live(exchange);
    if (allocation == null) {
      return;
    }
    List<TransportAddress> peers = exchange.request().xorAddresses(StunAttribute.XOR_PEER_ADDRESS);
    if (peers.isEmpty()) {
      exchange.fail(StunError.BAD_REQUEST);
      return;
    }
    // All or nothing: first everything is judged, then everything is installed.
    List<Verdict> verdicts = new ArrayList<>(peers.size());
    for (TransportAddress peer : peers) {
      Verdict verdict = judge(exchange, allocation, peer.ip());
      if (verdict == null) {
        return;
      }
      verdicts.add(verdict);
    }
    if (!hasRoomFor(allocation, peers, exchange.nowNanos())) {
      exchange.fail(StunError.INSUFFICIENT_CAPACITY);
      return;
    }
    for (int i = 0; i < peers.size(); i++) {
      install(allocation, peers.get(i).ip(), verdicts.get(i), exchange.nowNanos());
    }
    exchange.answer(exchange.success());
  }

  void bindChannel(Exchange exchange) throws MalformedStunException {
    Allocation allocation = live(exchange);
    if (allocation == null) {
      return;
    }
    byte[] numberBytes = exchange.request().bytes(StunAttribute.CHANNEL_NUMBER);
    TransportAddress peer = exchange.request().xorAddress(StunAttribute.XOR_PEER_ADDRESS);
    if (numberBytes == null || numberBytes.length != 4 || peer == null || allocation.tcp != null) {
      exchange.fail(StunError.BAD_REQUEST);
      return;
    }
    int number = (numberBytes[0] & 0xff) << 8 | numberBytes[1] & 0xff;
    if (number < Channel.FIRST_NUMBER || number > lastNumber(exchange)) {
      exchange.fail(StunError.BAD_REQUEST);
      return;
    }
    Verdict verdict = judge(exchange, allocation, peer.ip());
    if (verdict == null) {
      return;
    }
    if (!context.policy().allowsPort(verdict, peer.port())) {
      deny(exchange);
      return;
    }
    RelayedAddress relayed = allocation.relayed(peer.ip().family());
    if (relayed == null) {
      exchange.fail(StunError.PEER_ADDRESS_FAMILY_MISMATCH);
      return;
    }
    long nowNanos = exchange.nowNanos();
    Channel sameNumber = unlessDead(allocation, allocation.channels.find(number), nowNanos);
    Channel samePeer =
        unlessDead(
            allocation,
            relayed.channels.find(peer.ip().high(), peer.ip().low(), peer.port()),
            nowNanos);
    if (sameNumber != samePeer) {
      exchange.fail(StunError.BAD_REQUEST);
      return;
    }
    if (!hasRoomFor(allocation, List.of(peer), nowNanos)
        || (sameNumber == null && !hasRoomForChannel(allocation, nowNanos))) {
      exchange.fail(StunError.INSUFFICIENT_CAPACITY);
      return;
    }
    Permission permission = install(allocation, peer.ip(), verdict, nowNanos);
    long expiresAtNanos = nowNanos + Channel.LIFETIME_NANOS;
    if (sameNumber != null) {
      sameNumber.expiresAtNanos = expiresAtNanos;
    } else {
      Channel channel = new Channel(number, relayed, permission, peer.port(), expiresAtNanos);
      allocation.channels.add(channel);
      relayed.channels.add(channel);
      permission.channels++;
    }
    exchange.answer(exchange.success());
  }

  /**
   * RFC 8656 has fewer numbers than RFC 5766 had. coturn's clients of the years before 4.17 take
   * them from the old range, and put a FINGERPRINT on what they ask, which browsers do not.
   */
  private static int lastNumber(Exchange exchange) {
    return exchange.request().hasFingerprint() ? Channel.LAST_OLD_NUMBER : Channel.LAST_NUMBER;
  }

  private @Nullable Allocation live(Exchange exchange) {
    Allocation allocation = exchange.path().allocation;
    if (allocation == null) {
      exchange.fail(StunError.ALLOCATION_MISMATCH);
      return null;
    }
    return allocation;
  }

  /** Judges a peer; answers and returns null when it may not be reached. */
  private @Nullable Verdict judge(Exchange exchange, Allocation allocation, IpAddress peer) {
    RelayedAddress relayed = allocation.relayed(peer.family());
    if (relayed == null || !relayed.isLive(exchange.nowNanos()) || isMapped(peer)) {
      exchange.fail(StunError.PEER_ADDRESS_FAMILY_MISMATCH);
      return null;
    }
    Verdict verdict = context.policy().judge(peer.family(), peer.high(), peer.low());
    if (!verdict.isAllowed()) {
      deny(exchange);
      return null;
    }
    return verdict;
  }

  private void deny(Exchange exchange) {
    counters.increment(Count.PERMISSIONS_DENIED);
    exchange.fail(StunError.FORBIDDEN);
  }

  /** An IPv4 address in an IPv6 one's clothes is no peer of an IPv6 relayed address. */
  private static boolean isMapped(IpAddress peer) {
    return peer.high() == 0 && peer.low() >>> 32 == 0xffff;
  }

  /** Whether permissions for peers fit; what has run out counts no more. */
  private boolean hasRoomFor(Allocation allocation, List<TransportAddress> peers, long nowNanos) {
    for (RelayedAddress relayed : allocation.relayed()) {
      if (!hasRoomFor(relayed, peers)) {
        allocations.sweepChannels(allocation, nowNanos);
        Allocations.sweepPermissions(relayed, nowNanos);
        if (!hasRoomFor(relayed, peers)) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean hasRoomFor(RelayedAddress relayed, List<TransportAddress> peers) {
    long added =
        peers.stream()
            .map(TransportAddress::ip)
            .filter(ip -> ip.family() == relayed.family())
            .filter(ip -> relayed.permissions.find(ip.high(), ip.low(), 0) == null)
            .distinct()
            .count();
    return relayed.permissions.size() + added <= context.config().maxPermissions();
  }

  private boolean hasRoomForChannel(Allocation allocation, long nowNanos) {
    if (allocation.channels.size() >= context.config().maxChannels()) {
      allocations.sweepChannels(allocation, nowNanos);
    }
    return allocation.channels.size() < context.config().maxChannels();
  }

  private static Permission install(
      Allocation allocation, IpAddress peer, Verdict verdict, long nowNanos) {
    RelayedAddress relayed = allocation.relayed(peer.family());
    if (relayed == null) {
      throw new IllegalStateException("judged before");
    }
    long expiresAtNanos = nowNanos + Permission.LIFETIME_NANOS;
    Permission permission = relayed.permissions.find(peer.high(), peer.low(), 0);
    if (permission == null) {
      permission = new Permission(peer.high(), peer.low(), verdict, expiresAtNanos);
      relayed.permissions.add(permission);
    } else {
      permission.verdict = verdict;
      permission.expiresAtNanos = expiresAtNanos;
    }
    return permission;
  }

  private @Nullable Channel unlessDead(
      Allocation allocation, @Nullable Channel channel, long nowNanos) {
    if (channel != null && !channel.isLive(nowNanos)) {
      allocations.unbind(allocation, channel);
      return null;
    }
    return channel;
  }

  /** Takes back what a new policy forbids. */
  void recheck(Allocation allocation) {
    PeerPolicy policy = context.policy();
    for (Channel channel : allocation.channels.all()) {
      Verdict verdict = policy.judge(channel.relayed.family(), channel.high(), channel.low());
      if (!verdict.isAllowed() || !policy.allowsPort(verdict, channel.tag())) {
        allocations.unbind(allocation, channel);
      }
    }
    for (RelayedAddress relayed : allocation.relayed()) {
      relayed.permissions.removeIf(permission -> {
        permission.verdict = policy.judge(relayed.family(), permission.high(), permission.low());
        return !permission.verdict.isAllowed();
      });
    }
  }
}
