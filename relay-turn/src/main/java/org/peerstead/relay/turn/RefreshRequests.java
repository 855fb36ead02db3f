package org.peerstead.relay.turn;

import org.jspecify.annotations.Nullable;
import org.peerstead.relay.auth.Principal;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.MalformedStunException;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunError;
import org.peerstead.relay.stun.StunMessage;
import org.peerstead.relay.stun.StunWriter;

/** Prolongs, ends and moves allocations (RFC 8656 section 8, RFC 8016). */
final class RefreshRequests {
  private final RelayContext context;
  private final Allocations allocations;
  private final TurnServer engine;

  RefreshRequests(RelayContext context, Allocations allocations, TurnServer engine) {
    this.context = context;
    this.allocations = allocations;
    this.engine = engine;
  }

  void handle(Exchange exchange) throws MalformedStunException {
    byte[] ticket = exchange.request().bytes(StunAttribute.MOBILITY_TICKET);
    Allocation allocation = exchange.path().allocation;
    if (allocation != null) {
      refresh(exchange, allocation);
    } else if (ticket == null) {
      exchange.fail(StunError.ALLOCATION_MISMATCH);
    } else if (!context.config().mobility()) {
      exchange.fail(StunError.MOBILITY_FORBIDDEN);
    } else {
      move(exchange, ticket);
    }
  }

  private void refresh(Exchange exchange, Allocation allocation) throws MalformedStunException {
    StunMessage request = exchange.request();
    long nowNanos = exchange.nowNanos();
    byte[] wanted = request.bytes(StunAttribute.REQUESTED_ADDRESS_FAMILY);
    if (!isFamilyHeld(exchange, allocation, wanted)) {
      return;
    }
    RelayedAddress only = wanted == null ? null : held(allocation, wanted[0]);
    boolean isEnd =
        request.uint32(StunAttribute.LIFETIME, context.config().defaultLifetimeSeconds()) == 0;
    if (isEnd) {
      byte[] answer = exchange.seal(exchange.success().uint32(StunAttribute.LIFETIME, 0));
      ClientPath path = exchange.path();
      if (only != null && allocation.relayed().size() > 1) {
        allocations.release(only, nowNanos);
      } else {
        allocations.end(allocation, EndReason.RELEASED, nowNanos);
      }
      path.send(answer);
      return;
    }
    if (exchange.principal().isBoundToExpiry()) {
      allocation.tokenHolder = exchange.principal();
    }
    long seconds = remaining(exchange, AllocateRequests.grantedSeconds(context.config(), exchange));
    for (RelayedAddress relayed : allocation.relayed()) {
      if (only == null || relayed == only) {
        relayed.expiresAtNanos = nowNanos + seconds * 1_000_000_000L;
      }
    }
    allocations.schedule(allocation, nowNanos);
    StunWriter answer = exchange.success().uint32(StunAttribute.LIFETIME, seconds);
    MobilityTickets.Ticket next = allocation.nextTicket;
    if (next != null && exchange.path() == allocation.nextPath) {
      answer.bytes(StunAttribute.MOBILITY_TICKET, next.toBytes());
    }
    exchange.answer(answer);
  }

  /** Whether a family that is asked for, if any, is there; answers if not. */
  private static boolean isFamilyHeld(
      Exchange exchange, Allocation allocation, byte @Nullable [] wanted) {
    if (wanted == null || (wanted.length == 4 && held(allocation, wanted[0]) != null)) {
      return true;
    }
    exchange.fail(
        wanted.length == 4 ? StunError.PEER_ADDRESS_FAMILY_MISMATCH : StunError.BAD_REQUEST);
    return false;
  }

  private static @Nullable RelayedAddress held(Allocation allocation, byte family) {
    for (IpFamily one : IpFamily.values()) {
      if (one.number() == family) {
        return allocation.relayed(one);
      }
    }
    return null;
  }

  private long remaining(Exchange exchange, long seconds) {
    return remaining(exchange.principal(), seconds, context.epochMillis());
  }

  /** What is left of a lifetime when the credentials end before it. */
  static long remaining(Principal principal, long seconds, long nowEpochMillis) {
    return principal.isBoundToExpiry()
        ? Math.clamp(principal.expiresAtEpochSecond() - nowEpochMillis / 1_000, 1, seconds)
        : seconds;
  }

  /** The client comes from a new address and shows the ticket of the old one. */
  private void move(Exchange exchange, byte[] ticket) throws MalformedStunException {
    MobilityTickets.Holder holder = context.tickets().find(ticket);
    if (holder == null) {
      exchange.fail(StunError.ALLOCATION_MISMATCH);
    } else if (!holder.allocation().username.equals(exchange.principal().username())) {
      exchange.fail(StunError.WRONG_CREDENTIALS);
    } else if (exchange.request().uint32(StunAttribute.LIFETIME, 1) == 0) {
      exchange.fail(StunError.BAD_REQUEST);
    } else if (holder.engine() == engine) {
      moveHere(exchange, holder.allocation());
    } else {
      engine.handOver(exchange, holder);
    }
  }

  /** The allocation is this engine's; the new path may lead through another loop. */
  void moveHere(Exchange exchange, Allocation allocation) throws MalformedStunException {
    if (allocation.isEnded || !allocations.isLiveStill(allocation, exchange.nowNanos())) {
      exchange.fail(StunError.ALLOCATION_MISMATCH);
      return;
    }
    // A request that fails moves nobody.
    byte[] wanted = exchange.request().bytes(StunAttribute.REQUESTED_ADDRESS_FAMILY);
    if (!isFamilyHeld(exchange, allocation, wanted)) {
      return;
    }
    allocations.announceMove(allocation, exchange.path());
    allocation.nextTicket = context.tickets().issue(engine, allocation);
    refresh(exchange, allocation);
  }
}
