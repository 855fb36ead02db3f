package org.peerstead.discovery.rpc.core;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.encoding.Slice;

/** A network without loss in which every packet takes 10 ms. Not thread-safe. */
final class VirtualNetwork {
  static final long DELAY_NANOS = 10_000_000L;

  private final SplittableRandom chance;
  private final Map<NodeAddress, Host> sockets = new HashMap<>();
  private final List<Host> hosts = new ArrayList<>();
  private final PriorityQueue<Flight> flights =
      new PriorityQueue<>(
          Comparator.comparingLong(Flight::atNanos).thenComparingLong(Flight::order));
  private long sent;
  private long nowNanos;

  VirtualNetwork(long seed) {
    this.chance = new SplittableRandom(seed);
  }

  private record Flight(
      long atNanos, long order, NodeAddress from, NodeAddress to, byte[] packet) {}

  /** A node with its two sockets. */
  final class Host implements Transport {
    private final NodeAddress server;
    private final NodeAddress client;
    private final boolean blocksStrangers;
    private final RpcNode node;
    private boolean ready;
    private boolean down;

    Host(NodeAddress server, RpcConfig config, boolean blocksStrangers, CommandHandler handler) {
      this.server = server;
      this.client = server.withPort(server.port() + 1);
      this.blocksStrangers = blocksStrangers;
      Entropy entropy =
          target -> {
            for (int i = 0; i < target.length; i++) {
              target[i] = (byte) chance.nextInt();
            }
          };
      this.node =
          new RpcNode(config, this, handler, RpcListener.NONE, entropy, chance.split(), nowNanos);
      sockets.put(server, this);
      sockets.put(client, this);
      hosts.add(this);
    }

    RpcNode node() {
      return node;
    }

    NodeAddress server() {
      return server;
    }

    boolean isReady() {
      return ready;
    }

    Host start() {
      node.start(List.of(), () -> ready = true, nowNanos);
      return this;
    }

    void goDown() {
      down = true;
    }

    @Override
    public void send(SocketSide socket, NodeAddress to, byte[] packet) {
      NodeAddress from = socket == SocketSide.SERVER ? server : client;
      flights.add(new Flight(nowNanos + DELAY_NANOS, sent++, from, to, packet));
    }

    @Override
    public int localPort(SocketSide socket) {
      return (socket == SocketSide.SERVER ? server : client).port();
    }
  }

  Host add(NodeAddress server, RpcConfig config, CommandHandler handler) {
    return new Host(server, config, false, handler);
  }

  /** A host whose server socket strangers do not reach. */
  Host addFirewalled(NodeAddress server, RpcConfig config, CommandHandler handler) {
    return new Host(server, config, true, handler);
  }

  long nowNanos() {
    return nowNanos;
  }

  long packetsSent() {
    return sent;
  }

  /** Injects a packet with any source address. */
  void inject(NodeAddress from, NodeAddress to, byte[] packet) {
    flights.add(new Flight(nowNanos, sent++, from, to, packet));
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
    if (toServer && host.blocksStrangers) {
      return;
    }
    host.node.receive(
        toServer ? SocketSide.SERVER : SocketSide.CLIENT,
        flight.from(),
        Slice.of(flight.packet()),
        nowNanos);
  }
}
