package org.peerstead.events;

import java.util.Arrays;
import java.util.HexFormat;

/** The 32-byte SHA-256 hash that names an Automerge change. Ordered as unsigned bytes. */
public final class Hash32 implements Comparable<Hash32> {
  /** Length in bytes. */
  public static final int SIZE = 32;

  private final byte[] bytes;

  private Hash32(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Copies 32 bytes.
   *
   * @throws IllegalArgumentException when the length is not 32
   */
  public static Hash32 of(byte[] bytes) {
    if (bytes.length != SIZE) {
      throw new IllegalArgumentException("A hash has 32 bytes, not " + bytes.length);
    }
    return new Hash32(bytes.clone());
  }

  /**
   * Parses 64 hexadecimal digits.
   *
   * @throws IllegalArgumentException when {@code hex} is anything else
   */
  public static Hash32 fromHex(String hex) {
    if (hex.length() != 2 * SIZE) {
      throw new IllegalArgumentException("A hash has 64 hexadecimal digits, not " + hex.length());
    }
    return new Hash32(HexFormat.of().parseHex(hex));
  }

  /** A copy of the 32 bytes. */
  public byte[] toArray() {
    return bytes.clone();
  }

  @Override
  public int compareTo(Hash32 other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Hash32 hash && Arrays.equals(bytes, hash.bytes);
  }

  @Override
  public int hashCode() {
    return (bytes[0] & 0xff) | (bytes[1] & 0xff) << 8 | (bytes[2] & 0xff) << 16 | bytes[3] << 24;
  }

  /** 64 lower-case hexadecimal digits. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }
}
