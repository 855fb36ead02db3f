package org.peerstead.discovery.mdns.wire;

import org.peerstead.securestream.encoding.Slice;

/**
 * The resource records that DNS-SD needs; others are passed over when a message is read. {@code
 * ttlSeconds} is unsigned 31 bits, 0 says that the record ends (RFC 6762 section 10.1); {@code
 * isFlush} is the cache-flush bit (section 10.2).
 */
public sealed interface DnsRecord {
  /** IPv4 address. */
  int A = 1;

  /** Pointer: from a service type to an instance. */
  int PTR = 12;

  /** Text. */
  int TXT = 16;

  /** IPv6 address. */
  int AAAA = 28;

  /** Service: port and host. */
  int SRV = 33;

  /** Asks for all types. */
  int ANY = 255;

  /** Whose record it is. */
  DnsName name();

  /** Seconds it may be believed. */
  int ttlSeconds();

  /** Whether older records of this name and type end. */
  boolean isFlush();

  /** The number of its type. */
  int type();

  /** {@code PTR}. */
  record Pointer(DnsName name, int ttlSeconds, boolean isFlush, DnsName target)
      implements DnsRecord {
    @Override
    public int type() {
      return PTR;
    }
  }

  /**
   * {@code SRV}; priority and weight are written as 0 and not looked at.
   *
   * @param port 0 to 65,535; 0 when the instance takes no connections
   */
  record Service(DnsName name, int ttlSeconds, boolean isFlush, int port, DnsName host)
      implements DnsRecord {
    @Override
    public int type() {
      return SRV;
    }
  }

  /** {@code TXT}: strings of up to 255 bytes behind their lengths. */
  record Text(DnsName name, int ttlSeconds, boolean isFlush, Slice strings) implements DnsRecord {
    @Override
    public int type() {
      return TXT;
    }
  }

  /** {@code A} or {@code AAAA}. */
  record Address(DnsName name, int ttlSeconds, boolean isFlush, HostAddress address)
      implements DnsRecord {
    @Override
    public int type() {
      return address.isIpv4() ? A : AAAA;
    }
  }
}
