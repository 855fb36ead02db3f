package org.peerstead.relay.net.netty;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.net.dtls.DatagramSessionsFactory;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ClientTransport;

/**
 * What the shell listens on and relays from.
 *
 * @param firstLoop {@link org.peerstead.relay.turn.RelayShard#index} of its first loop
 * @param loops event loops, and engines
 * @param listeners local addresses; their order gives the listener numbers. Port 0 takes one that
 *     is free, the same for all transports
 * @param transports served on each of them. UDP and DTLS only where no faster shell serves them
 * @param tls asked for each connection, so that a new certificate needs no restart; null for none
 * @param dtls makes the sessions of each loop; null for none
 * @param relayV4 where IPv4 relay sockets are bound; null when there is no IPv4 to relay to
 * @param relayV6 the same for IPv6
 * @param tcpRelaying whether allocations may have TCP peers (RFC 6062)
 * @param trustedProxy sources whose connections begin with a PROXY protocol header
 */
public record NettyRelayConfig(
    int firstLoop,
    int loops,
    List<TransportAddress> listeners,
    Set<ClientTransport> transports,
    @Nullable Supplier<SSLContext> tls,
    @Nullable DatagramSessionsFactory dtls,
    @Nullable IpAddress relayV4,
    @Nullable IpAddress relayV6,
    boolean tcpRelaying,
    Predicate<IpAddress> trustedProxy,
    ConnectionBounds bounds) {
  public NettyRelayConfig {
    listeners = List.copyOf(listeners);
    transports = Set.copyOf(transports);
    if (loops < 1) {
      throw new IllegalArgumentException("at least one loop");
    }
    if (listeners.isEmpty() || transports.isEmpty()) {
      throw new IllegalArgumentException("nothing to listen on");
    }
    if (tls == null && transports.contains(ClientTransport.TLS)) {
      throw new IllegalArgumentException("TLS needs a certificate");
    }
    if (dtls == null && transports.contains(ClientTransport.DTLS)) {
      throw new IllegalArgumentException("DTLS needs somebody who speaks it");
    }
  }

  /** Where relay sockets of a family are bound. */
  @Nullable IpAddress relay(IpFamily family) {
    return family == IpFamily.V4 ? relayV4 : relayV6;
  }

  boolean servesStreams() {
    return transports.contains(ClientTransport.TCP) || transports.contains(ClientTransport.TLS);
  }

  boolean servesDatagrams() {
    return transports.contains(ClientTransport.UDP) || transports.contains(ClientTransport.DTLS);
  }
}
