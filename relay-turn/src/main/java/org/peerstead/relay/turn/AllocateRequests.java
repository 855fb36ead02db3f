package org.peerstead.relay.turn;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.auth.Principal;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.MalformedStunException;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunError;
import org.peerstead.relay.stun.StunMessage;
import org.peerstead.relay.stun.StunWriter;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.RelayCounters.Count;
import org.peerstead.relay.turn.RelayedPorts.Wish;
import org.peerstead.relay.turn.ports.Reservation;
import org.peerstead.relay.turn.quota.QuotaRefusal;
import org.peerstead.relay.turn.quota.QuotaShare;

/** Makes allocations (RFC 8656 section 7). */
final class AllocateRequests {
  private static final int UDP = 17;
  private static final int TCP = 6;
  private static final int RESERVE_NEXT = 0x80;

  /** The number that the attribute had before RFC 8656; coturn's clients still use it. */
  private static final int DRAFT_ADDITIONAL_ADDRESS_FAMILY = 0x8032;

  private final RelayShard shard;
  private final RelayContext context;
  private final TurnConfig config;
  private final Allocations allocations;
  private final RelayedPorts ports;
  private final RelayCounters counters;
  private final TurnServer engine;
  private long madeHere;

  AllocateRequests(
      RelayShard shard,
      RelayContext context,
      Allocations allocations,
      RelayedPorts ports,
      RelayCounters counters,
      TurnServer engine) {
    this.shard = shard;
    this.context = context;
    this.config = context.config();
    this.allocations = allocations;
    this.ports = ports;
    this.counters = counters;
    this.engine = engine;
  }

  /**
   * What a client asks for, after it made sense.
   *
   * @param families one or two, the first being the one that must not fail
   * @param reserved the port that was kept for the client; null when it asks for no such port
   */
  private record Wanted(
      boolean isTcp,
      List<IpFamily> families,
      Wish wish,
      @Nullable Reservation reserved,
      boolean isMobile,
      long lifetimeSeconds) {}

  void handle(Exchange exchange) throws MalformedStunException {
    long nowNanos = exchange.nowNanos();
    Allocation existing = exchange.path().allocation;
    if (existing != null) {
      byte[] answer = existing.allocateAnswer;
      if (answer != null && existing.wasMadeBy(exchange.request().transactionId(), nowNanos)) {
        counters.increment(Count.RETRANSMITTED_ALLOCATES);
        exchange.path().send(answer.clone());
      } else {
        exchange.fail(StunError.ALLOCATION_MISMATCH);
      }
      return;
    }
    Wanted wanted = read(exchange);
    if (wanted != null) {
      allocate(exchange, wanted);
    }
  }

  /** Reads what is wanted; answers and returns null when it cannot be had. */
  private @Nullable Wanted read(Exchange exchange) throws MalformedStunException {
    StunMessage request = exchange.request();
    byte[] transport = request.bytes(StunAttribute.REQUESTED_TRANSPORT);
    byte[] even = request.bytes(StunAttribute.EVEN_PORT);
    byte[] token = request.bytes(StunAttribute.RESERVATION_TOKEN);
    byte[] family = request.bytes(StunAttribute.REQUESTED_ADDRESS_FAMILY);
    byte[] additional = request.bytes(StunAttribute.ADDITIONAL_ADDRESS_FAMILY);
    if (additional == null) {
      additional = request.bytes(DRAFT_ADDITIONAL_ADDRESS_FAMILY);
    }
    byte[] ticket = request.bytes(StunAttribute.MOBILITY_TICKET);
    if (transport == null || transport.length != 4) {
      return refuse(exchange, StunError.BAD_REQUEST);
    }
    int protocol = transport[0] & 0xff;
    boolean isTcp = protocol == TCP;
    if (protocol != UDP && !(isTcp && config.tcpRelaying() && shard.tcpSockets() != null)) {
      return refuse(exchange, StunError.UNSUPPORTED_TRANSPORT);
    }
    boolean wantsPair = even != null && even.length > 0 && (even[0] & RESERVE_NEXT) != 0;
    if ((isTcp
            && (even != null
                || token != null
                || request.has(StunAttribute.DONT_FRAGMENT)
                || !exchange.path().transport().isStream()))
        || (even != null && even.length != 1)
        || (token != null && (even != null || family != null || additional != null))
        || (family != null && (additional != null || family.length != 4))
        || (additional != null
            && (additional.length != 4
                || additional[0] != IpFamily.V6.number()
                || wantsPair
                || isTcp))) {
      return refuse(exchange, StunError.BAD_REQUEST);
    }
    if (ticket != null && !config.mobility()) {
      return refuse(exchange, StunError.MOBILITY_FORBIDDEN);
    }
    if (ticket != null && ticket.length != 0) {
      return refuse(exchange, StunError.BAD_REQUEST);
    }
    List<IpFamily> families = families(family, additional);
    if (families.isEmpty() || families.stream().allMatch(wanted -> config.host(wanted) == null)) {
      return refuse(exchange, StunError.ADDRESS_FAMILY_NOT_SUPPORTED);
    }
    long lifetime =
        RefreshRequests.remaining(
            exchange.principal(), grantedSeconds(config, exchange), context.epochMillis());
    if (isTurnedAway(exchange)) {
      return null;
    }
    Reservation reserved = null;
    if (token != null) {
      reserved =
          context
              .reservations()
              .redeem(token, exchange.principal().username(), exchange.nowNanos());
      if (reserved == null) {
        return refuse(exchange, StunError.INSUFFICIENT_CAPACITY);
      }
      families = List.of(reserved.family());
    }
    Wish wish = wantsPair ? Wish.EVEN_PAIR : even != null ? Wish.EVEN : Wish.ANY;
    return new Wanted(isTcp, families, wish, reserved, ticket != null, lifetime);
  }

  /** Without either attribute IPv4, as always was; of an unknown family none. */
  private static List<IpFamily> families(byte @Nullable [] family, byte @Nullable [] additional) {
    if (additional != null) {
      return List.of(IpFamily.V4, IpFamily.V6);
    }
    if (family == null || family[0] == IpFamily.V4.number()) {
      return List.of(IpFamily.V4);
    }
    return family[0] == IpFamily.V6.number() ? List.of(IpFamily.V6) : List.of();
  }

  /**
   * The lifetime that a request gets (RFC 8656 section 7.2).
   *
   * @return seconds
   */
  static long grantedSeconds(TurnConfig config, Exchange exchange) throws MalformedStunException {
    long asked = exchange.request().uint32(StunAttribute.LIFETIME, config.defaultLifetimeSeconds());
    return Math.clamp(asked, (long) config.defaultLifetimeSeconds(), config.maxLifetimeSeconds());
  }

  /** Sends new clients elsewhere when this relay does not want them. */
  private boolean isTurnedAway(Exchange exchange) {
    TransportAddress alternate = context.alternateServer();
    if (alternate != null && alternate.ip().family() == exchange.path().server().ip().family()) {
      counters.increment(Count.REDIRECTED);
      exchange.answer(
          StunWriter.error(exchange.request(), StunError.TRY_ALTERNATE)
              .address(StunAttribute.ALTERNATE_SERVER, alternate));
      return true;
    }
    if (context.isDraining()) {
      exchange.fail(StunError.INSUFFICIENT_CAPACITY);
      return true;
    }
    return false;
  }

  private void allocate(Exchange exchange, Wanted wanted) {
    Principal principal = exchange.principal();
    long nowNanos = exchange.nowNanos();
    switch (context.quotas().acquire(principal.userId(), exchange.path().client().ip(), nowNanos)) {
      case QuotaShare share -> allocate(exchange, wanted, share);
      case QuotaRefusal refusal -> {
        giveBackReserved(wanted, nowNanos);
        counters.increment(
            switch (refusal) {
              case USER -> Count.QUOTA_USER;
              case SOURCE -> Count.QUOTA_SOURCE;
              case TOTAL -> Count.QUOTA_TOTAL;
            });
        exchange.fail(
            refusal == QuotaRefusal.TOTAL
                ? StunError.INSUFFICIENT_CAPACITY
                : StunError.ALLOCATION_QUOTA_REACHED);
      }
    }
  }

  private void allocate(Exchange exchange, Wanted wanted, QuotaShare share) {
    Principal principal = exchange.principal();
    long nowNanos = exchange.nowNanos();
    Allocation allocation =
        new Allocation(
            shard.index() + "-" + Long.toString(++madeHere, Character.MAX_RADIX),
            principal.username(),
            principal.userId(),
            share,
            exchange.path(),
            nowNanos,
            context.epochMillis());
    allocation.tokenHolder = principal.isBoundToExpiry() ? principal : null;
    long expiresAtNanos = nowNanos + wanted.lifetimeSeconds() * 1_000_000_000L;
    StunWriter answer = exchange.success();
    IpFamily failed = null;
    for (IpFamily family : wanted.families()) {
      RelayedAddress relayed = open(allocation, wanted, family, expiresAtNanos, nowNanos);
      if (relayed != null) {
        answer.xorAddress(StunAttribute.XOR_RELAYED_ADDRESS, relayed.advertised());
      } else {
        failed = family;
      }
    }
    byte[] token = null;
    if (wanted.wish() == Wish.EVEN_PAIR && !allocation.relayed().isEmpty()) {
      token = reserveNext(allocation, nowNanos);
      if (token == null) {
        allocations.release(allocation.relayed().getFirst(), nowNanos);
      }
    }
    if (allocation.relayed().isEmpty()) {
      share.release();
      counters.increment(Count.PORTS_EXHAUSTED);
      exchange.fail(StunError.INSUFFICIENT_CAPACITY);
      return;
    }
    if (failed != null) {
      answer.addressErrorCode(
          failed,
          config.host(failed) == null
              ? StunError.ADDRESS_FAMILY_NOT_SUPPORTED
              : StunError.INSUFFICIENT_CAPACITY);
    }
    answer
        .uint32(StunAttribute.LIFETIME, wanted.lifetimeSeconds())
        .xorAddress(StunAttribute.XOR_MAPPED_ADDRESS, exchange.path().client());
    if (token != null) {
      answer.bytes(StunAttribute.RESERVATION_TOKEN, token);
    }
    if (wanted.isMobile()) {
      MobilityTickets.Ticket ticket = context.tickets().issue(engine, allocation);
      allocation.ticket = ticket;
      answer.bytes(StunAttribute.MOBILITY_TICKET, ticket.toBytes());
    }
    byte[] sealed = exchange.seal(answer);
    allocation.allocateId = exchange.request().transactionId();
    allocation.allocateAnswer = sealed;
    allocations.begin(allocation, nowNanos);
    exchange.path().send(sealed.clone());
  }

  private @Nullable RelayedAddress open(
      Allocation allocation, Wanted wanted, IpFamily family, long expiresAtNanos, long nowNanos) {
    Reservation reserved = wanted.reserved();
    if (reserved != null) {
      RelayedAddress relayed = ports.openAt(allocation, family, reserved.port(), expiresAtNanos);
      if (relayed == null) {
        giveBackReserved(wanted, nowNanos);
      }
      return relayed;
    }
    return wanted.isTcp()
        ? ports.openTcp(allocation, family, expiresAtNanos, nowNanos)
        : ports.open(allocation, family, wanted.wish(), expiresAtNanos, nowNanos);
  }

  /** Keeps the port after an even one for the client's next allocation. */
  private byte @Nullable [] reserveNext(Allocation allocation, long nowNanos) {
    RelayedAddress relayed = allocation.relayed().getFirst();
    int next = relayed.port + 1;
    byte[] token =
        context.reservations().reserve(allocation.username, relayed.family(), next, nowNanos);
    if (token == null) {
      context.ports(relayed.family()).giveBack(next, nowNanos);
    }
    return token;
  }

  private void giveBackReserved(Wanted wanted, long nowNanos) {
    Reservation reserved = wanted.reserved();
    if (reserved != null) {
      context.ports(reserved.family()).giveBack(reserved.port(), nowNanos);
    }
  }

  private static @Nullable Wanted refuse(Exchange exchange, int code) {
    exchange.fail(code);
    return null;
  }
}
