package org.peerstead.securestream.encoding;

/**
 * An IP address with a port, as {@code ipv4Address} and {@code ipv6Address} carry it. Says nothing
 * about whether the address can be reached.
 *
 * @param address 4 or 16 bytes, network order
 * @param port 0 to 65535
 */
public record Endpoint(Slice address, int port) {
  /** Checks both components. */
  public Endpoint {
    if (address.length() != 4 && address.length() != 16) {
      throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + address.length());
    }
    if (port < 0 || port > 0xffff) {
      throw new IllegalArgumentException("port " + port + " outside 0-65535");
    }
  }

  /** Whether this is an IPv4 address. */
  public boolean isIpv4() {
    return address.length() == 4;
  }
}
