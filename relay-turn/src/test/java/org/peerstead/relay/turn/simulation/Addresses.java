package org.peerstead.relay.turn.simulation;

import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.testbed.Testbed;

/** The simulated network numbers its hosts with 32 bits; some of them stand for IPv6 addresses. */
final class Addresses {
  static final int RELAY_V4 = (int) Testbed.RELAY_V4.low();
  static final int RELAY_V6 = 0x6000_0001;
  private static final int V6 = 0x6000_0000;
  private static final long V6_PREFIX = 0x2a0b_0000_0000_0000L;

  private Addresses() {}

  static boolean isV6(int host) {
    return host >>> 28 == 6;
  }

  /** Each IPv6 host has a /64 to itself. */
  static IpAddress ip(int host) {
    if (host == RELAY_V6) {
      return Testbed.RELAY_V6;
    }
    return isV6(host) ? IpAddress.v6(V6_PREFIX | host & 0xffff, 1) : IpAddress.v4(host);
  }

  static TransportAddress transport(int host, int port) {
    return new TransportAddress(ip(host), port);
  }

  /** The host that has an address; 0 when it cannot be one. */
  static int host(IpAddress ip) {
    if (ip.equals(Testbed.RELAY_V6)) {
      return RELAY_V6;
    }
    if (ip.family() == IpFamily.V4) {
      return (int) ip.low();
    }
    return ip.high() >>> 16 == V6_PREFIX >>> 16 && ip.low() == 1
        ? V6 | (int) (ip.high() & 0xffff)
        : 0;
  }
}
