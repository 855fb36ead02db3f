package org.peerstead.events;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * An immutable sequence of bytes with value equality.
 *
 * <p>{@link #wrap} and {@link #unsafeArray} avoid copies of large payloads; both rely on nobody
 * writing to the array afterwards.
 */
public final class Bytes {
  /** No bytes. */
  public static final Bytes EMPTY = new Bytes(new byte[0]);

  private final byte[] array;

  private Bytes(byte[] array) {
    this.array = array;
  }

  /** Copies {@code array}. */
  public static Bytes copyOf(byte[] array) {
    return array.length == 0 ? EMPTY : new Bytes(array.clone());
  }

  /** Takes ownership of {@code array}: the caller must not write to it afterwards. */
  public static Bytes wrap(byte[] array) {
    return array.length == 0 ? EMPTY : new Bytes(array);
  }

  /** Length in bytes. */
  public int size() {
    return array.length;
  }

  public boolean isEmpty() {
    return array.length == 0;
  }

  /** A copy of the bytes. */
  public byte[] toArray() {
    return array.clone();
  }

  /** The backing array itself, not a copy: read only. */
  public byte[] unsafeArray() {
    return array;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes bytes && Arrays.equals(array, bytes.array);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(array);
  }

  /** The length and at most the first eight bytes: contents never belong into a log. */
  @Override
  public String toString() {
    String start = HexFormat.of().formatHex(array, 0, Math.min(8, array.length));
    return "Bytes[" + array.length + ": " + start + (array.length > 8 ? "..." : "") + "]";
  }
}
