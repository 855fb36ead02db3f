package org.peerstead.relay.turn.simulation;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.simulation.network.NetworkHost;
import org.peerstead.simulation.network.UdpNetwork;

/** A client's way to the relay. */
abstract sealed class Line {
  private final NetworkHost host;
  final int server;

  Line(NetworkHost host, int server) {
    this.host = host;
    this.server = server;
  }

  abstract void send(int localPort, byte[] message);

  void deadlineChanged() {
    host.deadlineChanged();
  }

  /** Over UDP. */
  static final class Datagrams extends Line {
    private final NetworkHost host;

    Datagrams(NetworkHost host, int server) {
      super(host, server);
      this.host = host;
    }

    @Override
    void send(int localPort, byte[] message) {
      host.send(localPort, server, RelayNode.PORT, message);
    }
  }

  /** Over TCP, a connection for each local port; the client often forgets to close old ones. */
  static final class Connections extends Line {
    private static final long TRAVEL_NANOS = 30_000_000L;

    private final RandomGenerator random;
    private final UdpNetwork network;
    private final RelayNode relay;
    private final SimulatedClient client;
    private final int address;
    private final Map<Integer, Streams.Connection> byPort = new HashMap<>();
    private int lastPort;
    private int nextSourcePort = 1_024;

    Connections(
        RandomGenerator random,
        UdpNetwork network,
        RelayNode relay,
        SimulatedClient client,
        NetworkHost host,
        int server) {
      super(host, server);
      this.random = random;
      this.network = network;
      this.relay = relay;
      this.client = client;
      this.address = host.address();
    }

    @Override
    void send(int localPort, byte[] message) {
      if (localPort != lastPort && random.nextBoolean()) {
        hangUp(lastPort);
      }
      lastPort = localPort;
      Streams.@Nullable Connection known = byPort.get(localPort);
      Streams.Connection connection = known == null || known.isClosed ? connect(localPort) : known;
      later(() -> relay.receiveFrame(connection, message, network.nowNanos()));
      if (random.nextInt(100) == 0) {
        hangUp(localPort);
      }
    }

    private Streams.Connection connect(int localPort) {
      TransportAddress from = Addresses.transport(address, nextSourcePort++);
      Streams.Connection opened =
          relay.accept(
              from,
              message ->
                  later(() ->
                      client.receive(
                          localPort, server, RelayNode.PORT, message, network.nowNanos())));
      byPort.put(localPort, opened);
      return opened;
    }

    private void hangUp(int localPort) {
      Streams.@Nullable Connection ended = byPort.remove(localPort);
      if (ended != null) {
        Streams.Connection connection = Objects.requireNonNull(ended);
        later(() -> relay.hangUp(connection, network.nowNanos()));
      }
    }

    private void later(Runnable work) {
      network.schedule(network.nowNanos() + TRAVEL_NANOS, work);
      deadlineChanged();
    }
  }
}
