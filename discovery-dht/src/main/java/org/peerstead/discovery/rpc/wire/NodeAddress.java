package org.peerstead.discovery.rpc.wire;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;

/**
 * An IPv4 address and a UDP port: the only kind of address the DHT knows. On the wire 6 bytes: the
 * address in network order, the port in little endian.
 *
 * @param host the four bytes of the address as one big-endian number
 * @param port 0 to 65535; 0 stands for "changes with every destination" where the protocol says so
 */
public record NodeAddress(int host, int port) implements Comparable<NodeAddress> {
  /** Size on the wire in bytes. */
  public static final int BYTES = 6;

  /** Checks the port. */
  public NodeAddress {
    if (port < 0 || port > 0xffff) {
      throw new IllegalArgumentException("port " + port + " outside 0-65535");
    }
  }

  /**
   * The address written {@code a.b.c.d:port}.
   *
   * @throws IllegalArgumentException when it is not
   */
  public static NodeAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("not an address like 192.0.2.1:49737: " + text);
    }
    int port;
    try {
      port = Integer.parseInt(text.substring(colon + 1));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a port: " + text, e);
    }
    return new NodeAddress(parseHost(text.substring(0, colon)), port);
  }

  /**
   * The address written {@code a.b.c.d} as a number. Host names are not looked up.
   *
   * @throws IllegalArgumentException when it is not an IPv4 address
   */
  public static int parseHost(String text) {
    @Nullable Integer host = parseHostOrNull(text);
    if (host == null) {
      throw new IllegalArgumentException("not an IPv4 address like 192.0.2.1: " + text);
    }
    return host;
  }

  private static @Nullable Integer parseHostOrNull(String text) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != 4) {
      return null;
    }
    int host = 0;
    for (String part : parts) {
      if (part.isEmpty()
          || part.length() > 3
          || !part.chars().allMatch(c -> c >= '0' && c <= '9')) {
        return null;
      }
      int octet = Integer.parseInt(part);
      if (octet > 255) {
        return null;
      }
      host = host << 8 | octet;
    }
    return host;
  }

  /** Reads 6 bytes. */
  public static NodeAddress read(CompactReader reader) throws EncodingException {
    int host = (int) reader.uint32Be();
    return new NodeAddress(host, reader.uint16());
  }

  /** Writes 6 bytes. */
  public void write(CompactWriter writer) {
    writer.uint32Be(host & 0xffffffffL).uint16(port);
  }

  /** Writes the 6 bytes into {@code target} from {@code offset}. */
  void copyTo(byte[] target, int offset) {
    Objects.checkFromIndexSize(offset, BYTES, target.length);
    target[offset] = (byte) (host >>> 24);
    target[offset + 1] = (byte) (host >>> 16);
    target[offset + 2] = (byte) (host >>> 8);
    target[offset + 3] = (byte) host;
    target[offset + 4] = (byte) port;
    target[offset + 5] = (byte) (port >>> 8);
  }

  static NodeAddress at(byte[] array, int offset) {
    return new NodeAddress(
        (array[offset] & 0xff) << 24
            | (array[offset + 1] & 0xff) << 16
            | (array[offset + 2] & 0xff) << 8
            | (array[offset + 3] & 0xff),
        (array[offset + 4] & 0xff) | (array[offset + 5] & 0xff) << 8);
  }

  /** The address as four bytes in network order. */
  public byte[] hostBytes() {
    return new byte[] {
      (byte) (host >>> 24), (byte) (host >>> 16), (byte) (host >>> 8), (byte) host
    };
  }

  /** The address without the port, {@code a.b.c.d}. */
  public String hostText() {
    return (host >>> 24)
        + "."
        + (host >>> 16 & 0xff)
        + "."
        + (host >>> 8 & 0xff)
        + "."
        + (host & 0xff);
  }

  /** {@link #hostText} as ASCII bytes. */
  public byte[] hostAscii() {
    return hostText().getBytes(StandardCharsets.US_ASCII);
  }

  /** The same host with another port. */
  public NodeAddress withPort(int newPort) {
    return new NodeAddress(host, newPort);
  }

  @Override
  public int hashCode() {
    int mixed = (host * 0x9E3779B1) ^ (port * 0x85EBCA6B);
    return mixed ^ mixed >>> 15;
  }

  @Override
  public int compareTo(NodeAddress other) {
    int byHost = Integer.compareUnsigned(host, other.host);
    return byHost != 0 ? byHost : Integer.compare(port, other.port);
  }

  /** {@code a.b.c.d:port}. */
  @Override
  public String toString() {
    return hostText() + ":" + port;
  }
}
