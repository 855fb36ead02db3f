package org.peerstead.relay.stun;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.regex.Pattern;

/**
 * An IP address as it stands in a packet. Unlike {@link InetAddress}, an IPv6 address that embeds
 * an IPv4 one ({@code ::ffff:a.b.c.d}) stays an IPv6 address: who judges peers must see what was
 * sent.
 *
 * @param high the first eight bytes of an IPv6 address; 0 for IPv4
 * @param low the last eight bytes of an IPv6 address; the four bytes of an IPv4 address, unsigned
 */
public record IpAddress(IpFamily family, long high, long low) {
  private static final Pattern V4_LITERAL =
      Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");

  private static final Pattern V6_LITERAL =
      Pattern.compile("[0-9A-Fa-f:]+(:(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3})?");

  /** The last eight bytes of {@code ::ffff:0.0.0.0}. */
  private static final long MAPPED = 0x0000_ffff_0000_0000L;

  public IpAddress {
    if (family == IpFamily.V4 && (high != 0 || low >>> 32 != 0)) {
      throw new IllegalArgumentException("an IPv4 address has 32 bits");
    }
  }

  public static IpAddress v4(int bits) {
    return new IpAddress(IpFamily.V4, 0, Integer.toUnsignedLong(bits));
  }

  public static IpAddress v6(long high, long low) {
    return new IpAddress(IpFamily.V6, high, low);
  }

  /** From 4 or 16 bytes. */
  public static IpAddress of(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return switch (bytes.length) {
      case 4 -> v4(buffer.getInt());
      case 16 -> v6(buffer.getLong(), buffer.getLong());
      default -> throw new IllegalArgumentException("4 or 16 bytes, not " + bytes.length);
    };
  }

  public static IpAddress of(InetAddress address) {
    return of(address.getAddress());
  }

  /**
   * Reads a literal without asking any name service, such as {@code 192.0.2.1}, {@code 2001:db8::1}
   * or {@code ::ffff:192.0.2.1} (which is an IPv6 address here). No zones, no brackets; IPv4
   * addresses have four decimal numbers without leading zeros, which others read as octal.
   *
   * @throws IllegalArgumentException when the text is not an address
   */
  public static IpAddress parse(String text) {
    boolean isV6 = text.indexOf(':') >= 0;
    // The JDK also takes 10.1 for 10.0.0.1, and zones.
    if (!(isV6 ? V6_LITERAL : V4_LITERAL).matcher(text).matches()) {
      throw new IllegalArgumentException("not an IP address: " + text);
    }
    InetAddress address = InetAddress.ofLiteral(text);
    if (isV6 && address instanceof Inet4Address) {
      return v6(0, MAPPED | of(address).low());
    }
    return of(address);
  }

  /** The bytes in network order. */
  public byte[] toBytes() {
    ByteBuffer buffer = ByteBuffer.allocate(family.addressBytes());
    if (family == IpFamily.V4) {
      buffer.putInt((int) low);
    } else {
      buffer.putLong(high).putLong(low);
    }
    return buffer.array();
  }

  /** For sockets of the JDK, which cannot hold mapped addresses as such. */
  public InetAddress toInetAddress() {
    try {
      return family == IpFamily.V4
          ? InetAddress.getByAddress(toBytes())
          : Inet6Address.getByAddress(null, toBytes(), -1);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 or 16 bytes are an address", e);
    }
  }

  /** 127.0.0.0/8 or ::1. */
  public boolean isLoopback() {
    return family == IpFamily.V4 ? low >>> 24 == 127 : high == 0 && low == 1;
  }

  /** 0.0.0.0 or ::, which a socket takes for "any". */
  public boolean isAny() {
    return high == 0 && low == 0;
  }

  @Override
  public String toString() {
    return family == IpFamily.V4 ? v4Text() : v6Text();
  }

  private String v4Text() {
    return (low >>> 24) + "." + (low >>> 16 & 0xff) + "." + (low >>> 8 & 0xff) + "." + (low & 0xff);
  }

  /**
   * RFC 5952: lower case, the longest run of two or more zero groups shortened, the first of
   * equally long ones; an embedded IPv4 address of a mapped one in its own form.
   */
  private String v6Text() {
    if (high == 0 && low >>> 32 == MAPPED >>> 32) {
      return "::ffff:" + v4((int) low);
    }
    int longestAt = -1;
    int longest = 1;
    for (int i = 0; i < 8; i++) {
      int run = 0;
      while (i + run < 8 && group(i + run) == 0) {
        run++;
      }
      if (run > longest) {
        longestAt = i;
        longest = run;
      }
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < 8; i++) {
      if (i == longestAt) {
        text.append("::");
        i += longest - 1;
      } else {
        if (i > 0 && i != longestAt + longest) {
          text.append(':');
        }
        text.append(Integer.toHexString(group(i)));
      }
    }
    return text.toString();
  }

  private int group(int index) {
    long half = index < 4 ? high : low;
    return (int) (half >>> (48 - 16 * (index & 3))) & 0xffff;
  }
}
