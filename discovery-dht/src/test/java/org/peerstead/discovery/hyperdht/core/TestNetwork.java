package org.peerstead.discovery.hyperdht.core;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.records.RecordBook;
import org.peerstead.discovery.hyperdht.records.RecordLimits;
import org.peerstead.discovery.hyperdht.records.RecordListener;
import org.peerstead.discovery.rpc.core.DropReason;
import org.peerstead.discovery.rpc.core.RpcConfig;
import org.peerstead.discovery.rpc.core.SocketSide;
import org.peerstead.discovery.rpc.core.Transport;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Packet;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * HyperDHT nodes in virtual time: no loss, 10 ms for each packet. A firewalled node is reached at
 * its client socket only, by hosts that it has sent something to. Not thread-safe.
 */
final class TestNetwork {
  static final long SECOND_NANOS = 1_000_000_000L;

  private static final long DELAY_NANOS = 10_000_000L;
  private static final long EPOCH_MILLIS = 1_760_000_000_000L;

  private final SplittableRandom chance;
  private final Map<NodeAddress, Host> sockets = new HashMap<>();
  private final List<Host> hosts = new ArrayList<>();
  private final PriorityQueue<Flight> flights =
      new PriorityQueue<>(
          Comparator.comparingLong(Flight::atNanos).thenComparingLong(Flight::order));
  private @Nullable NodeAddress seed;
  private long order;
  private long nowNanos;

  TestNetwork(long randomSeed) {
    chance = new SplittableRandom(randomSeed);
  }

  private record Flight(
      long atNanos, long order, NodeAddress from, NodeAddress to, byte[] packet) {}

  /** Changes what a host sends: a liar. Returns the packet to send instead, null for none. */
  interface Tampering {
    byte @Nullable [] change(NodeAddress to, Packet packet, byte[] bytes);
  }

  final class Host implements Transport, HyperdhtListener {
    private final NodeAddress server;
    private final NodeAddress client;
    private final boolean firewalled;
    private final Set<NodeAddress> contacted = new HashSet<>();
    private final HyperdhtNode node;
    final RecordBook records;
    final Map<DropReason, Integer> drops = new EnumMap<>(DropReason.class);
    final List<Packet> received = new ArrayList<>();
    int misdirected;
    int shortened;
    int badAnswers;
    int announcements;
    boolean ready;
    boolean down;
    private @Nullable Tampering tampering;

    Host(NodeAddress server, HyperdhtConfig config, boolean firewalled) {
      this.server = server;
      this.client = server.withPort(server.port() + 1);
      this.firewalled = firewalled;
      this.records =
          new RecordBook(
              RecordLimits.DEFAULT, DhtStore.NONE, chance.split(), entropy(), RecordListener.NONE);
      this.node =
          new HyperdhtNode(
              config,
              this,
              records,
              this,
              entropy(),
              chance.split(),
              TestNetwork.this::epochMillis,
              nowNanos);
      sockets.put(server, this);
      sockets.put(client, this);
      hosts.add(this);
      node.start(List.of(), () -> ready = true, nowNanos);
    }

    HyperdhtNode node() {
      return node;
    }

    NodeAddress address() {
      return firewalled ? client : server;
    }

    void tamper(Tampering with) {
      tampering = with;
    }

    int dropped(DropReason why) {
      return drops.getOrDefault(why, 0);
    }

    /** Requests received that are not internal and have this number. */
    long receivedRequests(int command) {
      return received.stream()
          .filter(packet ->
              packet instanceof Request request
                  && !request.internal()
                  && request.command() == command)
          .count();
    }

    @Override
    public void send(SocketSide socket, NodeAddress to, byte[] packet) {
      byte @Nullable [] bytes = packet;
      if (tampering != null) {
        bytes = tampering.change(to, decode(packet), packet);
      }
      if (bytes != null) {
        contacted.add(to);
        flights.add(
            new Flight(
                nowNanos + DELAY_NANOS,
                order++,
                socket == SocketSide.SERVER ? server : client,
                to,
                bytes));
      }
    }

    @Override
    public int localPort(SocketSide socket) {
      return (socket == SocketSide.SERVER ? server : client).port();
    }

    @Override
    public void dropped(DropReason reason, NodeAddress from) {
      drops.merge(reason, 1, Integer::sum);
    }

    @Override
    public void misdirected(NodeAddress from) {
      misdirected++;
    }

    @Override
    public void answerShortened(NodeAddress from) {
      shortened++;
    }

    @Override
    public void badAnswer(NodeAddress from) {
      badAnswers++;
    }

    @Override
    public void serverAnnounced(Fixed32 publicKey, int relays) {
      announcements++;
    }
  }

  static Packet decode(byte[] packet) {
    try {
      return RpcCodec.decode(Slice.of(packet));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private Entropy entropy() {
    SplittableRandom random = chance.split();
    return random::nextBytes;
  }

  KeyPair keyPair() {
    return KeyPair.generate(entropy());
  }

  Fixed32 random32() {
    return Fixed32.of(entropy().next(Fixed32.SIZE));
  }

  /** A node that serves others, at 20.0.0.{@code number} + 1; the first one is everybody's seed. */
  Host addServer(int number) {
    NodeAddress address =
        NodeAddress.parse("20.0." + number / 250 + "." + (number % 250 + 1) + ":49737");
    Host host =
        new Host(
            address,
            HyperdhtConfig.of(RpcConfig.seed(address, seed == null ? List.of() : List.of(seed))),
            false);
    if (seed == null) {
      seed = address;
    }
    return host;
  }

  /** A number of nodes that serve others and know each other. */
  List<Host> addServers(int count) {
    List<Host> servers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      servers.add(addServer(i));
      runFor(SECOND_NANOS / 2);
    }
    runFor(20 * SECOND_NANOS);
    return servers;
  }

  /** A participant behind a firewall, which only asks. */
  Host addClient(int number) {
    Host host =
        new Host(
            NodeAddress.parse("30.0.0." + number + ":49737"),
            HyperdhtConfig.of(RpcConfig.client(seed == null ? List.of() : List.of(seed))),
            true);
    runFor(5 * SECOND_NANOS);
    return host;
  }

  long nowNanos() {
    return nowNanos;
  }

  long epochMillis() {
    return EPOCH_MILLIS + nowNanos / 1_000_000;
  }

  /** Sends a packet with any source address. */
  void inject(NodeAddress from, NodeAddress to, byte[] packet) {
    flights.add(new Flight(nowNanos, order++, from, to, packet));
  }

  void runUntil(BooleanSupplier condition) {
    long end = nowNanos + 120 * SECOND_NANOS;
    while (!condition.getAsBoolean()) {
      if (nowNanos >= end) {
        throw new AssertionError("did not happen within two minutes");
      }
      runFor(DELAY_NANOS);
    }
  }

  void runFor(long nanos) {
    long end = nowNanos + nanos;
    while (true) {
      long deadline = Long.MAX_VALUE;
      @Nullable Host due = null;
      for (Host host : hosts) {
        long at = host.down ? Long.MAX_VALUE : host.node.nextDeadlineNanos();
        if (at < deadline) {
          deadline = at;
          due = host;
        }
      }
      @Nullable Flight flight = flights.peek();
      if (flight != null && flight.atNanos() <= deadline) {
        if (flight.atNanos() > end) {
          break;
        }
        flights.remove();
        nowNanos = Math.max(nowNanos, flight.atNanos());
        deliver(flight);
      } else if (due == null || deadline > end) {
        break;
      } else {
        nowNanos = Math.max(nowNanos, deadline);
        due.node.advance(nowNanos);
      }
    }
    nowNanos = end;
  }

  private void deliver(Flight flight) {
    @Nullable Host host = sockets.get(flight.to());
    if (host == null || host.down) {
      return;
    }
    boolean toServer = flight.to().equals(host.server);
    if (host.firewalled && (toServer || !host.contacted.contains(flight.from()))) {
      return;
    }
    host.received.add(decode(flight.packet()));
    host.node.receive(
        toServer ? SocketSide.SERVER : SocketSide.CLIENT,
        flight.from(),
        Slice.of(flight.packet()),
        nowNanos);
  }
}
