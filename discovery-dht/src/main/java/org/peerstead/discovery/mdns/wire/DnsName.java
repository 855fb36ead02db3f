package org.peerstead.discovery.mdns.wire;

import java.nio.charset.StandardCharsets;

/**
 * A domain name: labels of 1 to 63 bytes, 255 bytes with their lengths and the final zero. Labels
 * are bytes, shown as ISO 8859-1; two names are equal when they differ in the case of ASCII letters
 * only (RFC 6762 section 16). Immutable.
 */
public final class DnsName {
  /** Longest name as it is written, with the final zero. */
  public static final int MAX_BYTES = 255;

  /** Longest label. */
  public static final int MAX_LABEL_BYTES = 63;

  private final byte[] wire;
  private final int hash;

  private DnsName(byte[] wire) {
    this.wire = wire;
    int sum = 1;
    for (byte b : wire) {
      sum = 31 * sum + lower(b);
    }
    this.hash = sum;
  }

  /** A name of these labels, the host's or instance's first. */
  public static DnsName of(String... labels) {
    var out = new byte[MAX_BYTES];
    int length = 0;
    for (String label : labels) {
      byte[] bytes = label.getBytes(StandardCharsets.ISO_8859_1);
      if (bytes.length == 0
          || bytes.length > MAX_LABEL_BYTES
          || length + bytes.length + 2 > MAX_BYTES) {
        throw new IllegalArgumentException("label of " + bytes.length + " bytes");
      }
      out[length++] = (byte) bytes.length;
      System.arraycopy(bytes, 0, out, length, bytes.length);
      length += bytes.length;
    }
    return ofWire(out, length + 1);
  }

  /** A copy of bytes that were checked already. */
  static DnsName ofWire(byte[] wire, int length) {
    var copy = new byte[length];
    System.arraycopy(wire, 0, copy, 0, length);
    return new DnsName(copy);
  }

  /** This name with one label in front. */
  public DnsName child(String label) {
    byte[] bytes = label.getBytes(StandardCharsets.ISO_8859_1);
    if (bytes.length == 0
        || bytes.length > MAX_LABEL_BYTES
        || wire.length + bytes.length + 1 > MAX_BYTES) {
      throw new IllegalArgumentException("label of " + bytes.length + " bytes");
    }
    var child = new byte[1 + bytes.length + wire.length];
    child[0] = (byte) bytes.length;
    System.arraycopy(bytes, 0, child, 1, bytes.length);
    System.arraycopy(wire, 0, child, 1 + bytes.length, wire.length);
    return new DnsName(child);
  }

  /** The first label; empty for the root. */
  public String firstLabel() {
    return new String(wire, 1, wire.length == 1 ? 0 : wire[0], StandardCharsets.ISO_8859_1);
  }

  /** Whether this is the other name with one label in front. */
  public boolean isChildOf(DnsName parent) {
    int start = 1 + wire[0];
    return wire[0] != 0
        && wire.length - start == parent.wire.length
        && equalFrom(start, parent.wire);
  }

  /** Length as it is written without compression, in bytes. */
  int length() {
    return wire.length;
  }

  byte at(int index) {
    return wire[index];
  }

  /** Whether the bytes from {@code start} on are this whole other name. */
  boolean equalFrom(int start, byte[] other) {
    if (wire.length - start != other.length) {
      return false;
    }
    for (int i = 0; i < other.length; i++) {
      if (lower(wire[start + i]) != lower(other[i])) {
        return false;
      }
    }
    return true;
  }

  /** The bytes from {@code start} on, where a label begins. */
  byte[] suffix(int start) {
    var copy = new byte[wire.length - start];
    System.arraycopy(wire, start, copy, 0, copy.length);
    return copy;
  }

  private static byte lower(byte b) {
    // Lengths of labels are below 'A' or, as 64 and more do not occur, never among the letters.
    return b >= 'A' && b <= 'Z' ? (byte) (b + 32) : b;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DnsName name && hash == name.hash && equalFrom(0, name.wire);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    for (int i = 0; wire[i] != 0; i += 1 + wire[i]) {
      text.append(new String(wire, i + 1, wire[i], StandardCharsets.ISO_8859_1)).append('.');
    }
    return text.isEmpty() ? "." : text.toString();
  }
}
