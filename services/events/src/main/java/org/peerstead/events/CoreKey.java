package org.peerstead.events;

import java.util.Arrays;
import java.util.HexFormat;

/** The 32-byte public key that names a signed log, or a device. Ordered as unsigned bytes. */
public final class CoreKey implements Comparable<CoreKey> {
  /** Length in bytes. */
  public static final int SIZE = 32;

  private final byte[] bytes;

  private CoreKey(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Copies 32 bytes.
   *
   * @throws IllegalArgumentException when the length is not 32
   */
  public static CoreKey of(byte[] bytes) {
    if (bytes.length != SIZE) {
      throw new IllegalArgumentException("A core key has 32 bytes, not " + bytes.length);
    }
    return new CoreKey(bytes.clone());
  }

  /** A copy of the 32 bytes. */
  public byte[] toArray() {
    return bytes.clone();
  }

  @Override
  public int compareTo(CoreKey other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CoreKey key && Arrays.equals(bytes, key.bytes);
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
