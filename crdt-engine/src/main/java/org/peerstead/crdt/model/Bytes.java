package org.peerstead.crdt.model;

import java.util.Arrays;
import java.util.HexFormat;

/** An immutable byte string with value equality; shown as lower-case hexadecimal. */
public final class Bytes {
  public static final Bytes EMPTY = new Bytes(new byte[0]);
  private final byte[] bytes;

  private Bytes(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Copies {@code bytes}. */
  public static Bytes of(byte... bytes) {
    return bytes.length == 0 ? EMPTY : new Bytes(bytes.clone());
  }

  /** Copies {@code length} bytes from {@code offset}. */
  public static Bytes of(byte[] source, int offset, int length) {
    return length == 0 ? EMPTY : new Bytes(Arrays.copyOfRange(source, offset, offset + length));
  }

  /** Parses an even number of hexadecimal digits. */
  public static Bytes fromHex(String hex) {
    return new Bytes(HexFormat.of().parseHex(hex));
  }

  /** Length in bytes. */
  public int size() {
    return bytes.length;
  }

  /** The byte at a 0-based index. */
  public byte at(int index) {
    return bytes[index];
  }

  /** A fresh copy of the content. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }
}
