package org.peerstead.relay.stun;

import java.net.InetSocketAddress;

/**
 * An IP address and a port.
 *
 * @param port 0 to 65,535
 */
public record TransportAddress(IpAddress ip, int port) {
  public TransportAddress {
    if (port < 0 || port > 0xffff) {
      throw new IllegalArgumentException("a port has 16 bits, not " + port);
    }
  }

  public static TransportAddress of(InetSocketAddress address) {
    return new TransportAddress(IpAddress.of(address.getAddress()), address.getPort());
  }

  public InetSocketAddress toSocketAddress() {
    return new InetSocketAddress(ip.toInetAddress(), port);
  }

  @Override
  public String toString() {
    return ip.family() == IpFamily.V4 ? ip + ":" + port : "[" + ip + "]:" + port;
  }
}
