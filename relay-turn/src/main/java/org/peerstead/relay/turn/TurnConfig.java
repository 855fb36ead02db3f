package org.peerstead.relay.turn;

import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;

/**
 * How a relay behaves to its clients.
 *
 * @param v4 where IPv4 relayed addresses are; null when the relay has none
 * @param v6 where IPv6 relayed addresses are; null when the relay has none
 * @param defaultLifetimeSeconds what a client gets that asks for less or for nothing; RFC: 600
 * @param maxLifetimeSeconds what a client gets at most; RFC: 3,600
 * @param maxPermissions of one relayed address
 * @param maxChannels of one allocation
 * @param mobility whether clients may change their address (RFC 8016)
 * @param tcpRelaying whether TCP peers are reached (RFC 6062)
 * @param discovery the second address and port for NAT behaviour discovery (RFC 5780); the loop
 *     listens on both addresses with both ports
 * @param unauthenticatedPerSecond answers to one source that has not shown credentials, over UDP
 * @param unauthenticatedBurst as many at once
 */
public record TurnConfig(
    @Nullable RelayedHost v4,
    @Nullable RelayedHost v6,
    int defaultLifetimeSeconds,
    int maxLifetimeSeconds,
    int maxPermissions,
    int maxChannels,
    boolean mobility,
    boolean tcpRelaying,
    @Nullable Discovery discovery,
    int unauthenticatedPerSecond,
    int unauthenticatedBurst) {
  /** The two addresses, each with a port, of a relay that tells clients about their NAT. */
  public record Discovery(TransportAddress primary, TransportAddress alternate) {}

  public TurnConfig {
    if (v4 == null && v6 == null) {
      throw new IllegalArgumentException("a relay needs an address to relay from");
    }
    if (defaultLifetimeSeconds < 1 || maxLifetimeSeconds < defaultLifetimeSeconds) {
      throw new IllegalArgumentException("lifetimes must be positive, the longest not shortest");
    }
  }

  /** As the RFCs recommend, relaying from one address. */
  public static TurnConfig of(RelayedHost host) {
    boolean isV4 = host.family() == IpFamily.V4;
    return new TurnConfig(
        isV4 ? host : null,
        isV4 ? null : host,
        600,
        3_600,
        256,
        256,
        false,
        false,
        null,
        100,
        1_000);
  }

  @Nullable RelayedHost host(IpFamily family) {
    return family == IpFamily.V4 ? v4 : v6;
  }
}
