package org.peerstead.relay.net.netty;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ClientTransport;

/** A shell with {@link EchoEngine}s on free ports of the loopback interface. */
final class Shell implements AutoCloseable {
  static final IpAddress V4 = IpAddress.parse("127.0.0.1");
  static final IpAddress V6 = IpAddress.parse("::1");

  static final ConnectionBounds PATIENT =
      new ConnectionBounds(
          2_000,
          2_000,
          2_000,
          Duration.ofSeconds(30),
          Duration.ofSeconds(30),
          Duration.ofSeconds(30),
          Duration.ofSeconds(30),
          512 * 1024);

  final EchoEngine.Shared engines = new EchoEngine.Shared();
  final NettyRelayLoops loops;

  private Shell(NettyRelayConfig config) throws IOException {
    loops = NettyRelayLoops.start(config, (shard, now) -> new EchoEngine(shard, engines));
  }

  static NettyRelayConfig config(@Nullable Supplier<SSLContext> tls) {
    return new NettyRelayConfig(
        0,
        2,
        List.of(new TransportAddress(V4, 0)),
        tls == null
            ? Set.of(ClientTransport.TCP)
            : Set.of(ClientTransport.TCP, ClientTransport.TLS),
        tls,
        null,
        V4,
        V6,
        true,
        address -> false,
        PATIENT);
  }

  static NettyRelayConfig with(NettyRelayConfig base, ConnectionBounds bounds) {
    return new NettyRelayConfig(
        base.firstLoop(),
        base.loops(),
        base.listeners(),
        base.transports(),
        base.tls(),
        base.dtls(),
        base.relayV4(),
        base.relayV6(),
        base.tcpRelaying(),
        base.trustedProxy(),
        bounds);
  }

  static NettyRelayConfig listening(
      NettyRelayConfig base, List<TransportAddress> listeners, Set<ClientTransport> transports) {
    return new NettyRelayConfig(
        base.firstLoop(),
        base.loops(),
        listeners,
        transports,
        base.tls(),
        base.dtls(),
        base.relayV4(),
        base.relayV6(),
        base.tcpRelaying(),
        base.trustedProxy(),
        base.bounds());
  }

  static Shell start(NettyRelayConfig config) throws IOException {
    return new Shell(config);
  }

  static Shell start() throws IOException {
    return start(config(null));
  }

  static Shell start(UnaryOperator<NettyRelayConfig> change) throws IOException {
    return start(change.apply(config(null)));
  }

  InetSocketAddress address() {
    return loops.listeners().getFirst().toSocketAddress();
  }

  Client connect() throws IOException {
    return Client.connect(address());
  }

  NettyRelayCounts counts() {
    return loops.counts();
  }

  long ended(ConnectionEnd end) {
    return counts().ended().getOrDefault(end, 0L);
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() {
    loops.close();
  }
}
