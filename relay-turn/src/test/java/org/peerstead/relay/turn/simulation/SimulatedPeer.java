package org.peerstead.relay.turn.simulation;

import java.util.Objects;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.simulation.network.NetworkHost;
import org.peerstead.simulation.network.NetworkProgram;
import org.peerstead.simulation.network.UdpNetwork;

/**
 * A peer that answers, knocks at ports where nobody asked for it, and sometimes lies about itself.
 */
final class SimulatedPeer implements NetworkProgram {
  static final int FIRST_PORT = 7_000;
  static final int PORTS = 2;

  private final RandomGenerator random;
  private final UdpNetwork network;
  private final IpFamily family;
  private final int relay;
  private final IntSupplier relayedPort;
  private final long meanPauseNanos;
  private @Nullable NetworkHost host;
  private long nextActionNanos;
  private boolean hasStopped;

  SimulatedPeer(
      RandomGenerator random,
      UdpNetwork network,
      IpFamily family,
      IntSupplier relayedPort,
      long meanPauseNanos) {
    this.random = random;
    this.network = network;
    this.family = family;
    this.relay = family == IpFamily.V4 ? Addresses.RELAY_V4 : Addresses.RELAY_V6;
    this.relayedPort = relayedPort;
    this.meanPauseNanos = meanPauseNanos;
    nextActionNanos = random.nextLong(meanPauseNanos);
  }

  void attach(NetworkHost on) {
    host = on;
    on.deadlineChanged();
  }

  void stop() {
    hasStopped = true;
    Objects.requireNonNull(host).deadlineChanged();
  }

  private byte[] payload() {
    byte[] payload = new byte[random.nextInt(10) == 0 ? 0 : random.nextInt(100)];
    random.nextBytes(payload);
    return payload;
  }

  @Override
  public void receive(int port, int fromHost, int fromPort, byte[] datagram, long nowNanos) {
    if (!hasStopped && random.nextInt(3) > 0) {
      Objects.requireNonNull(host).send(port, fromHost, fromPort, payload());
    }
  }

  @Override
  public void advance(long nowNanos) {
    nextActionNanos = nowNanos + 1 + (long) (-meanPauseNanos * Math.log(1 - random.nextDouble()));
    NetworkHost from = Objects.requireNonNull(host);
    int port = FIRST_PORT + random.nextInt(PORTS + 1);
    if (random.nextInt(4) > 0) {
      from.send(port, relay, relayedPort.getAsInt(), payload());
      return;
    }
    // In the name of a client's relayed address, or of a service on the relay itself.
    int forgedPort = random.nextBoolean() ? relayedPort.getAsInt() : RelayNode.PORT;
    network.forge(from, relay, forgedPort, relay, relayedPort.getAsInt(), payload());
  }

  @Override
  public long nextDeadlineNanos() {
    return hasStopped ? Long.MAX_VALUE : nextActionNanos;
  }

  IpFamily family() {
    return family;
  }
}
