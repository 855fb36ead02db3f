package org.peerstead.relay.turn;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.turn.ports.Reservation;

/**
 * The allocations of one loop from birth to death: found by 5-tuple, looked at when something of
 * theirs runs out, and ended with everything they hold. Not thread-safe.
 */
final class Allocations {
  private final RelayContext context;
  private final RelayCounters counters;
  private final AddressTable<DatagramPath> clients;
  private final ExpiryWheel wheel;

  Allocations(RelayContext context, RelayCounters counters, long nowNanos) {
    this.context = context;
    this.counters = counters;
    clients = new AddressTable<>(context.secrets().nextLong());
    wheel = new ExpiryWheel(nowNanos);
  }

  int size() {
    return wheel.size();
  }

  @Nullable DatagramPath find(int listener, IpFamily family, long high, long low, int port) {
    return clients.find(high, low, DatagramPath.tag(listener, family, port));
  }

  /** From now on packets of this path are known. */
  void register(ClientPath path) {
    if (path instanceof DatagramPath datagrams) {
      clients.add(datagrams);
    }
  }

  /** Packets of this path belong to nobody any more. */
  void forget(ClientPath path) {
    path.allocation = null;
    if (path instanceof DatagramPath datagrams) {
      clients.remove(datagrams);
    }
    path.forgotten();
  }

  void begin(Allocation allocation, long nowNanos) {
    allocation.path.allocation = allocation;
    register(allocation.path);
    schedule(allocation, nowNanos);
    counters.opened(allocation.path.transport(), 1);
    context.events().opened(allocation.view(nowNanos));
  }

  /** A relayed address came to an allocation. */
  void added(RelayedAddress relayed) {
    relayed.allocation.setRelayed(relayed.family(), relayed);
    counters.relayedAddress(relayed.family(), 1);
  }

  /** Gives a relayed address back. */
  void release(RelayedAddress relayed, long nowNanos) {
    Allocation allocation = relayed.allocation;
    if (allocation.relayed(relayed.family()) != relayed) {
      return;
    }
    for (Channel channel : allocation.channels.all()) {
      if (channel.relayed == relayed) {
        unbind(allocation, channel);
      }
    }
    allocation.setRelayed(relayed.family(), null);
    RelaySocket socket = relayed.socket;
    if (socket != null) {
      relayed.socket = null;
      socket.close();
    }
    context.ports(relayed.family()).giveBack(relayed.port, nowNanos);
    counters.relayedAddress(relayed.family(), -1);
  }

  void unbind(Allocation allocation, Channel channel) {
    allocation.channels.remove(channel);
    channel.relayed.channels.remove(channel);
    channel.permission.channels--;
  }

  /** Ends an allocation with all that it holds. */
  void end(Allocation allocation, EndReason reason, long nowNanos) {
    if (allocation.isEnded) {
      return;
    }
    allocation.isEnded = true;
    wheel.remove(allocation);
    SessionView last = allocation.view(nowNanos);
    TcpRelay tcp = allocation.tcp;
    if (tcp != null) {
      tcp.close();
    }
    for (RelayedAddress relayed : allocation.relayed()) {
      release(relayed, nowNanos);
    }
    context.tickets().revoke(allocation.ticket);
    context.tickets().revoke(allocation.nextTicket);
    allocation.share.release();
    counters.closed(allocation.path.transport(), reason);
    forget(allocation.path);
    ClientPath nextPath = allocation.nextPath;
    if (nextPath != null) {
      forget(nextPath);
    }
    context.events().closed(last, reason);
  }

  /** The client of a path says that it was the one of this allocation before (RFC 8016). */
  void announceMove(Allocation allocation, ClientPath path) {
    ClientPath announced = allocation.nextPath;
    if (announced != null && announced != path) {
      forget(announced);
    }
    context.tickets().revoke(allocation.nextTicket);
    allocation.nextPath = path;
    path.allocation = allocation;
    register(path);
  }

  /** Data has arrived on a path that is not the current one. */
  void arrivedOn(Allocation allocation, ClientPath path) {
    if (path != allocation.nextPath) {
      return;
    }
    ClientPath old = allocation.path;
    allocation.path = path;
    allocation.nextPath = null;
    context.tickets().revoke(allocation.ticket);
    allocation.ticket = allocation.nextTicket;
    allocation.nextTicket = null;
    forget(old);
    counters.moved(old.transport(), path.transport());
    counters.increment(RelayCounters.Count.MOVED);
    if (old instanceof ConnectionPath connection) {
      connection.close();
    }
  }

  /** Has an allocation looked at when the next thing of it runs out. */
  void schedule(Allocation allocation, long nowNanos) {
    long soonest = Long.MAX_VALUE;
    for (RelayedAddress relayed : allocation.relayed()) {
      soonest = Math.min(soonest, relayed.expiresAtNanos - nowNanos);
    }
    if (allocation.allocateAnswer != null) {
      long kept = allocation.createdNanos + Allocation.ANSWER_KEPT_NANOS - nowNanos;
      soonest = Math.min(soonest, kept);
    }
    TcpRelay tcp = allocation.tcp;
    if (tcp != null) {
      soonest = Math.min(soonest, tcp.nextDeadlineNanos(nowNanos) - nowNanos);
    }
    wheel.schedule(allocation, nowNanos + Math.max(0, soonest));
  }

  /** Ends what has run out. */
  void advance(long nowNanos) {
    wheel.advance(nowNanos, allocation -> look(allocation, nowNanos));
    for (Reservation unused : context.reservations().expire(nowNanos)) {
      context.ports(unused.family()).giveBack(unused.port(), nowNanos);
    }
  }

  /**
   * Ends an allocation, or one relayed address of two, that has run out and has not been looked at
   * since.
   *
   * @return whether it lives
   */
  boolean isLiveStill(Allocation allocation, long nowNanos) {
    if (allocation.isExpired(nowNanos)) {
      end(allocation, EndReason.EXPIRED, nowNanos);
      return false;
    }
    for (RelayedAddress relayed : allocation.relayed()) {
      if (!relayed.isLive(nowNanos)) {
        release(relayed, nowNanos);
      }
    }
    return true;
  }

  /** Forgets permissions that have run out, unless a channel needs them. */
  static void sweepPermissions(RelayedAddress relayed, long nowNanos) {
    relayed.permissions.removeIf(
        permission -> permission.channels == 0 && !permission.isLive(nowNanos));
  }

  /** Forgets channels that have run out. */
  void sweepChannels(Allocation allocation, long nowNanos) {
    for (Channel channel : allocation.channels.all()) {
      if (!channel.isLive(nowNanos)) {
        unbind(allocation, channel);
      }
    }
  }

  private void look(Allocation allocation, long nowNanos) {
    if (!isLiveStill(allocation, nowNanos)) {
      return;
    }
    if (nowNanos - allocation.createdNanos >= Allocation.ANSWER_KEPT_NANOS) {
      allocation.allocateAnswer = null;
      allocation.allocateId = null;
    }
    sweepChannels(allocation, nowNanos);
    for (RelayedAddress relayed : allocation.relayed()) {
      sweepPermissions(relayed, nowNanos);
    }
    TcpRelay tcp = allocation.tcp;
    if (tcp != null) {
      tcp.advance(nowNanos);
    }
    schedule(allocation, nowNanos);
  }

  long nextDeadlineNanos() {
    return Math.min(wheel.nextDeadlineNanos(), context.reservations().nextExpiryNanos());
  }

  void forEach(Consumer<Allocation> action) {
    wheel.forEach(action);
  }

  /** All of them; a copy. */
  List<Allocation> all() {
    List<Allocation> all = new ArrayList<>(size());
    wheel.forEach(all::add);
    return all;
  }
}
