package org.peerstead.crdt.model;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/**
 * The author of a line of changes: any number of bytes, usually 16 random ones. Ordered as unsigned
 * bytes, a shorter prefix first; that order decides between concurrent operations with the same
 * counter.
 */
public final class ActorId implements Comparable<ActorId> {
  private final byte[] bytes;
  private final int hash;

  private ActorId(byte[] bytes) {
    this.bytes = bytes;
    this.hash = Arrays.hashCode(bytes);
  }

  /** Copies {@code bytes}; any length is legal, zero included. */
  public static ActorId of(byte[] bytes) {
    return new ActorId(bytes.clone());
  }

  /** Copies {@code length} bytes from {@code offset}. */
  public static ActorId of(byte[] source, int offset, int length) {
    return new ActorId(Arrays.copyOfRange(source, offset, offset + length));
  }

  /** Parses an even number of hexadecimal digits. */
  public static ActorId fromHex(String hex) {
    return new ActorId(HexFormat.of().parseHex(hex));
  }

  /**
   * Sixteen bytes from {@code random}; the caller chooses a generator fit for uniqueness across
   * devices.
   */
  public static ActorId random(RandomGenerator random) {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    return new ActorId(bytes);
  }

  /** Length in bytes. */
  public int size() {
    return bytes.length;
  }

  /** A fresh copy of the bytes. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  @Override
  public int compareTo(ActorId other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof ActorId that && hash == that.hash && Arrays.equals(bytes, that.bytes));
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /** Lower-case hexadecimal. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }
}
