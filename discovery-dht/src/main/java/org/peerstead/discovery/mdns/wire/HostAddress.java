package org.peerstead.discovery.mdns.wire;

import org.peerstead.securestream.encoding.Slice;

/**
 * An IPv4 or IPv6 address without a port and without a scope: a link-local one means a host on the
 * interface at hand.
 *
 * @param bytes 4 or 16 bytes
 */
public record HostAddress(Slice bytes) {
  /** Checks the length. */
  public HostAddress {
    if (bytes.length() != 4 && bytes.length() != 16) {
      throw new IllegalArgumentException("address of " + bytes.length() + " bytes");
    }
  }

  /** An address of these 4 or 16 bytes, which are not copied. */
  public static HostAddress of(byte[] bytes) {
    return new HostAddress(Slice.of(bytes));
  }

  /** Whether it is IPv4. */
  public boolean isIpv4() {
    return bytes.length() == 4;
  }

  /** 169.254.0.0/16 or fe80::/10. */
  public boolean isLinkLocal() {
    int first = bytes.at(0) & 0xff;
    int second = bytes.at(1) & 0xff;
    return isIpv4() ? first == 169 && second == 254 : first == 0xfe && (second & 0xc0) == 0x80;
  }

  /**
   * Whether it could be a host: not unspecified, not loopback, not multicast, not 255.255.255.255.
   */
  public boolean isHost() {
    int first = bytes.at(0) & 0xff;
    if (isIpv4()) {
      return first != 0 && first != 127 && first < 224;
    }
    boolean isZeroOrOne = true;
    for (int i = 0; i < 15 && isZeroOrOne; i++) {
      isZeroOrOne = bytes.at(i) == 0;
    }
    isZeroOrOne = isZeroOrOne && (bytes.at(15) & 0xfe) == 0;
    return !isZeroOrOne && first != 0xff;
  }

  /** Whether the first bits of both are the same; false across families. */
  public boolean isInNetworkOf(HostAddress other, int prefixBits) {
    if (bytes.length() != other.bytes.length()) {
      return false;
    }
    int whole = prefixBits / 8;
    for (int i = 0; i < whole; i++) {
      if (bytes.at(i) != other.bytes.at(i)) {
        return false;
      }
    }
    int rest = prefixBits % 8;
    int mask = 0xff << (8 - rest);
    return rest == 0 || ((bytes.at(whole) ^ other.bytes.at(whole)) & mask & 0xff) == 0;
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    if (isIpv4()) {
      for (int i = 0; i < 4; i++) {
        text.append(i == 0 ? "" : ".").append(bytes.at(i) & 0xff);
      }
    } else {
      for (int i = 0; i < 16; i += 2) {
        int group = (bytes.at(i) & 0xff) << 8 | bytes.at(i + 1) & 0xff;
        text.append(i == 0 ? "" : ":").append(Integer.toHexString(group));
      }
    }
    return text.toString();
  }
}
