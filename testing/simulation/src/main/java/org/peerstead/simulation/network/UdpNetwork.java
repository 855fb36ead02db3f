package org.peerstead.simulation.network;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Hosts that send each other UDP datagrams, in virtual time. The same seed and the same calls give
 * the same run, packet by packet. Time starts at 0 and moves only in {@link #runUntil}.
 *
 * <p>At one instant tasks come before packets, packets before deadlines.
 */
public final class UdpNetwork {
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double HELD_BACK_MILLIS = 200;
  private static final double LAN_MILLIS = 0.5;
  private static final int MAX_ADVANCES_AT_ONCE = 10_000;

  private final SplittableRandom chance;
  private final PacketQueue packets = new PacketQueue();
  private final DeadlineQueue deadlines = new DeadlineQueue();
  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::atNanos).thenComparingLong(Task::order));

  /** Hosts by their number; numbers and indexes of those who left are given again. */
  private final List<@Nullable NetworkHost> hosts = new ArrayList<>();

  private final ArrayDeque<Integer> freeNumbers = new ArrayDeque<>();

  /** Index in {@link #sites} of what has a public address. */
  private final LongTable siteIndexes = new LongTable();

  private final List<@Nullable Site> sites = new ArrayList<>();
  private final ArrayDeque<Integer> freeIndexes = new ArrayDeque<>();
  private LinkFaults faults;
  private boolean cut;
  private long nowNanos;
  private long nextTask;
  private long sent;
  private long lost;
  private long undeliverable;

  /** An empty network. */
  public UdpNetwork(LinkFaults faults, long seed) {
    this.faults = faults;
    this.chance = new SplittableRandom(seed);
  }

  private record Task(long atNanos, long order, Runnable work) {}

  // ------------------------------------------------------------------------------------- topology

  /**
   * A host with a public address.
   *
   * @throws IllegalArgumentException when the address is taken
   */
  public NetworkHost addHost(int address, Place place, NetworkProgram program) {
    NetworkHost host = new NetworkHost(this, freeNumber(), address, place, null, program);
    publish(host);
    return register(host);
  }

  /**
   * A host behind {@code nat}.
   *
   * @throws IllegalArgumentException when the address is taken behind it
   */
  public NetworkHost addHostBehind(Nat nat, int address, NetworkProgram program) {
    NetworkHost host = new NetworkHost(this, freeNumber(), address, nat.place(), nat, program);
    nat.attach(host);
    return register(host);
  }

  /**
   * A translator with a public address.
   *
   * @throws IllegalArgumentException when the address is taken
   */
  public Nat addNat(int address, Place place, NatConfig config) {
    Nat nat = new Nat(this, address, place, config, chance.nextInt(1_024, 65_535));
    publish(nat);
    return nat;
  }

  /**
   * Removes a host for good. Its public address becomes free, or that of its translator when nobody
   * else is behind it.
   */
  public void remove(NetworkHost host) {
    host.goDown();
    hosts.set(host.number, null);
    freeNumbers.add(host.number);
    @Nullable Nat nat = host.nat();
    if (nat == null) {
      unpublish(host);
    } else if (nat.detach(host)) {
      unpublish(nat);
    }
  }

  private int freeNumber() {
    @Nullable Integer free = freeNumbers.poll();
    return free == null ? hosts.size() : free;
  }

  private NetworkHost register(NetworkHost host) {
    if (host.number == hosts.size()) {
      hosts.add(host);
    } else {
      hosts.set(host.number, host);
    }
    reschedule(host);
    return host;
  }

  private void publish(Site site) {
    long key = site.address();
    if (siteIndexes.get(key) != LongTable.MISSING) {
      throw new IllegalArgumentException("address " + site.address() + " is taken");
    }
    @Nullable Integer free = freeIndexes.poll();
    if (free == null) {
      siteIndexes.put(key, sites.size());
      sites.add(site);
    } else {
      siteIndexes.put(key, free);
      sites.set(free, site);
    }
  }

  private void unpublish(Site site) {
    long index = siteIndexes.get(site.address());
    siteIndexes.remove(site.address());
    sites.set((int) index, null);
    freeIndexes.add((int) index);
  }

  private @Nullable Site siteAt(int address) {
    long index = siteIndexes.get(address);
    return index == LongTable.MISSING ? null : sites.get((int) index);
  }

  // --------------------------------------------------------------------------------------- faults

  /** What happens to packets that are sent from now on. */
  public void setFaults(LinkFaults newFaults) {
    faults = newFaults;
  }

  /** Whether packets between different {@link Site#side sides} are lost. */
  public void cut(boolean isCut) {
    cut = isCut;
  }

  // ----------------------------------------------------------------------------------------- time

  /** Time since the start in nanoseconds. */
  public long nowNanos() {
    return nowNanos;
  }

  /** Does {@code work} at {@code atNanos}, or next if that is over. */
  public void schedule(long atNanos, Runnable work) {
    tasks.add(new Task(Math.max(atNanos, nowNanos), nextTask++, work));
  }

  /** Runs for {@code nanos}. */
  public void runFor(long nanos) {
    runUntil(nowNanos + nanos);
  }

  /** Does everything that happens until {@code endNanos}, and stands there then. */
  public void runUntil(long endNanos) {
    int advancesAtOnce = 0;
    while (true) {
      @Nullable Task task = tasks.peek();
      long taskAt = task == null ? Long.MAX_VALUE : task.atNanos();
      long packetAt = packets.firstNanos();
      long deadlineAt = deadlines.firstNanos();
      long at = Math.min(taskAt, Math.min(packetAt, deadlineAt));
      if (at > endNanos) {
        break;
      }
      if (at > nowNanos) {
        nowNanos = at;
        advancesAtOnce = 0;
      }
      if (task != null && taskAt == at) {
        tasks.remove();
        task.work().run();
      } else if (packetAt == at) {
        arrive(packets.removeFirst());
      } else {
        advancesAtOnce++;
        if (advancesAtOnce > MAX_ADVANCES_AT_ONCE + hosts.size()) {
          throw new IllegalStateException("a program asks for ever to be driven at " + nowNanos);
        }
        @Nullable NetworkHost host = hosts.get(deadlines.firstHost());
        if (host == null) {
          throw new IllegalStateException("a removed host has a deadline");
        }
        host.program.advance(nowNanos);
        reschedule(host);
      }
    }
    nowNanos = Math.max(nowNanos, endNanos);
  }

  void reschedule(NetworkHost host) {
    if (hosts.get(host.number) == host) {
      long deadline = host.isUp() ? host.program.nextDeadlineNanos() : Long.MAX_VALUE;
      deadlines.set(
          host.number, deadline == Long.MAX_VALUE ? Long.MAX_VALUE : Math.max(deadline, nowNanos));
    }
  }

  // -------------------------------------------------------------------------------------- packets

  /** Datagrams sent, also those that got lost. */
  public long sent() {
    return sent;
  }

  /** Datagrams that the network lost. */
  public long lost() {
    return lost;
  }

  /** Datagrams to addresses where nobody is, or that a translator did not let in. */
  public long undeliverable() {
    return undeliverable;
  }

  /** Datagrams on their way. */
  public int inFlight() {
    return packets.size();
  }

  /** Sends a datagram with a forged source address from the line of {@code host}. */
  public void forge(
      NetworkHost host, int fromHost, int fromPort, int toHost, int toPort, byte[] content) {
    sent++;
    @Nullable Site target = siteAt(toHost);
    @Nullable Nat nat = host.nat();
    if (target == null) {
      undeliverable++;
    } else {
      travel(nat == null ? host : nat, target, fromHost, fromPort, toHost, toPort, content);
    }
  }

  void send(NetworkHost host, int localPort, int toHost, int toPort, byte[] content) {
    sent++;
    @Nullable Nat nat = host.nat();
    if (nat == null) {
      sendPublic(host, host.address(), localPort, toHost, toPort, content);
      return;
    }
    @Nullable NetworkHost neighbour = nat.inside(toHost);
    if (neighbour != null) {
      packets.add(
          nowNanos + (long) (LAN_MILLIS * NANOS_PER_MILLI),
          neighbour,
          host.address(),
          localPort,
          toHost,
          toPort,
          content);
      return;
    }
    int publicPort = nat.outbound(host, localPort, toHost, toPort, nowNanos);
    if (toHost == nat.address()) {
      if (nat.config().hairpin()) {
        packets.add(
            nowNanos + (long) (LAN_MILLIS * NANOS_PER_MILLI),
            nat,
            nat.address(),
            publicPort,
            toHost,
            toPort,
            content);
      } else {
        undeliverable++;
      }
      return;
    }
    nat.packetsSent++;
    nat.bytesSent += content.length;
    sendPublic(nat, nat.address(), publicPort, toHost, toPort, content);
  }

  private void sendPublic(
      Site sender, int fromHost, int fromPort, int toHost, int toPort, byte[] content) {
    @Nullable Site target = siteAt(toHost);
    if (target == null || toPort == 0) {
      undeliverable++;
    } else {
      travel(sender, target, fromHost, fromPort, toHost, toPort, content);
    }
  }

  private void travel(
      Site sender,
      Site target,
      int fromHost,
      int fromPort,
      int toHost,
      int toPort,
      byte[] content) {
    if (chance.nextDouble() < faults.loss() || isLostOnLine(sender) || isLostOnLine(target)) {
      lost++;
      return;
    }
    long arrival = nowNanos + delayNanos(sender, target);
    packets.add(arrival, sender, fromHost, fromPort, toHost, toPort, content);
    if (faults.duplication() > 0 && chance.nextDouble() < faults.duplication()) {
      packets.add(
          nowNanos + delayNanos(sender, target),
          sender,
          fromHost,
          fromPort,
          toHost,
          toPort,
          content);
    }
  }

  private long delayNanos(Site sender, Site target) {
    double millis = sender.place().delayMillis(target.place());
    if (faults.jitterShare() > 0) {
      millis -= millis * faults.jitterShare() * Math.log(1 - chance.nextDouble());
    }
    if (faults.reordering() > 0 && chance.nextDouble() < faults.reordering()) {
      millis += HELD_BACK_MILLIS * chance.nextDouble();
    }
    return (long) (millis * NANOS_PER_MILLI);
  }

  private boolean isLostOnLine(Site site) {
    if (site.loss() > 0 && chance.nextDouble() < site.loss()) {
      return true;
    }
    if (faults.burstEveryMillis() == 0 || faults.burstMillis() == 0) {
      return false;
    }
    if (site.outageStartsNanos == Long.MAX_VALUE) {
      planOutage(site, nowNanos);
    }
    while (site.outageEndsNanos <= nowNanos) {
      planOutage(site, site.outageEndsNanos);
    }
    return site.outageStartsNanos <= nowNanos;
  }

  private void planOutage(Site site, long afterNanos) {
    site.outageStartsNanos = afterNanos + exponentialNanos(faults.burstEveryMillis());
    site.outageEndsNanos = site.outageStartsNanos + 1 + exponentialNanos(faults.burstMillis());
  }

  private long exponentialNanos(double meanMillis) {
    return (long) (-meanMillis * Math.log(1 - chance.nextDouble()) * NANOS_PER_MILLI);
  }

  private void arrive(int place) {
    int toHost = packets.toHost(place);
    int toPort = packets.toPort(place);
    int fromHost = packets.fromHost(place);
    int fromPort = packets.fromPort(place);
    byte[] content = packets.takeContent(place);
    Site sender = packets.sender(place);
    if (sender instanceof NetworkHost neighbour && neighbour.nat() != null) {
      deliver(neighbour, toPort, fromHost, fromPort, content);
      return;
    }
    @Nullable Site target = siteAt(toHost);
    if (target == null) {
      undeliverable++;
      return;
    }
    if (cut && sender.side() != target.side()) {
      lost++;
      return;
    }
    switch (target) {
      case NetworkHost host -> deliver(host, toPort, fromHost, fromPort, content);
      case Nat nat -> nat.inbound(toPort, fromHost, fromPort, content, nowNanos);
    }
  }

  void deliver(NetworkHost host, int toPort, int fromHost, int fromPort, byte[] content) {
    if (!host.isUp()) {
      undeliverable++;
      return;
    }
    host.packetsReceived++;
    host.bytesReceived += content.length;
    host.program.receive(toPort, fromHost, fromPort, content, nowNanos);
    reschedule(host);
  }
}
