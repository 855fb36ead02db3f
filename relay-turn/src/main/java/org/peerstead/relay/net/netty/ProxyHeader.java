package org.peerstead.relay.net.netty;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.TransportAddress;

/**
 * The header that a load balancer puts before a connection (PROXY protocol version 2).
 *
 * <table>
 * <caption>Layout, integers big-endian</caption>
 * <tr><th>offset</th><th>bytes</th><th>field</th></tr>
 * <tr><td>0</td><td>12</td><td>signature</td></tr>
 * <tr><td>12</td><td>1</td><td>version 2 in the high half; command: 0 local, 1 proxy</td></tr>
 * <tr><td>13</td><td>1</td><td>family: 1 IPv4, 2 IPv6; low half: 1 stream</td></tr>
 * <tr><td>14</td><td>2</td><td>length of what follows</td></tr>
 * <tr><td>16</td><td>12 or 36</td><td>source, destination, source port, destination port</td></tr>
 * </table>
 *
 * @param client null for a connection that the proxy made for itself
 * @param server null together with {@code client}
 * @param length bytes in all, 16 to {@link #MAX_BYTES}
 */
record ProxyHeader(
    @Nullable TransportAddress client, @Nullable TransportAddress server, int length) {
  static final int PREFIX_BYTES = 16;

  /** Addresses and a few fields behind them; proxies are trusted, but not with our memory. */
  static final int MAX_BYTES = PREFIX_BYTES + 2_048;

  private static final byte[] SIGNATURE = {
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
  };

  /** A header is not there as a whole yet. */
  static final ProxyHeader INCOMPLETE = new ProxyHeader(null, null, 0);

  /**
   * Reads without moving the buffer's reader index.
   *
   * @return null when it is not such a header
   */
  static @Nullable ProxyHeader read(ByteBuf buffer) {
    int at = buffer.readerIndex();
    int there = buffer.readableBytes();
    for (int i = 0; i < Math.min(there, SIGNATURE.length); i++) {
      if (buffer.getByte(at + i) != SIGNATURE[i]) {
        return null;
      }
    }
    if (there < PREFIX_BYTES) {
      return INCOMPLETE;
    }
    int command = buffer.getUnsignedByte(at + 12);
    int family = buffer.getUnsignedByte(at + 13);
    int length = PREFIX_BYTES + buffer.getUnsignedShort(at + 14);
    if (length > MAX_BYTES || command != 0x20 && command != 0x21) {
      return null;
    }
    if (there < length) {
      return INCOMPLETE;
    }
    if (command == 0x20) {
      return new ProxyHeader(null, null, length);
    }
    return switch (family) {
      case 0x11 -> addresses(buffer, at + PREFIX_BYTES, 4, length);
      case 0x21 -> addresses(buffer, at + PREFIX_BYTES, 16, length);
      default -> null;
    };
  }

  private static @Nullable ProxyHeader addresses(ByteBuf buffer, int at, int bytes, int length) {
    if (length < PREFIX_BYTES + 2 * bytes + 4) {
      return null;
    }
    byte[] source = new byte[bytes];
    byte[] destination = new byte[bytes];
    buffer.getBytes(at, source);
    buffer.getBytes(at + bytes, destination);
    int ports = at + 2 * bytes;
    return new ProxyHeader(
        new TransportAddress(IpAddress.of(source), buffer.getUnsignedShort(ports)),
        new TransportAddress(IpAddress.of(destination), buffer.getUnsignedShort(ports + 2)),
        length);
  }
}
