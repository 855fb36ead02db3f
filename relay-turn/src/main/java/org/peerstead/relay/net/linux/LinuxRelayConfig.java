package org.peerstead.relay.net.linux;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.net.dtls.DatagramSessionsFactory;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;

/**
 * What the loops of this shell serve.
 *
 * @param firstLoop {@link org.peerstead.relay.turn.RelayShard#index} of the first loop
 * @param loops threads, and engines
 * @param listeners local addresses; their order gives the listener numbers. Port 0 takes one that
 *     is free
 * @param relayV4 where IPv4 relay sockets are bound; null when there is no IPv4 to relay to
 * @param relayV6 the same for IPv6
 * @param receiveBufferBytes of each listener, as far as the system allows
 * @param sendBufferBytes of each listener, as far as the system allows
 * @param servesPlain whether datagrams that are no DTLS are served
 * @param dtls null when no DTLS is served
 */
public record LinuxRelayConfig(
    int firstLoop,
    int loops,
    List<TransportAddress> listeners,
    @Nullable IpAddress relayV4,
    @Nullable IpAddress relayV6,
    int receiveBufferBytes,
    int sendBufferBytes,
    boolean servesPlain,
    @Nullable DatagramSessionsFactory dtls) {
  public LinuxRelayConfig {
    listeners = List.copyOf(listeners);
    if (loops < 1 || listeners.isEmpty()) {
      throw new IllegalArgumentException("at least one loop and one listener");
    }
  }

  @Nullable IpAddress relay(IpFamily family) {
    return family == IpFamily.V4 ? relayV4 : relayV6;
  }
}
