package org.peerstead.securestream.encoding;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/**
 * A run of bytes inside an array, compared by content. It is a view and copies nothing: whoever
 * makes one promises that the array no longer changes while the slice is in use, and keeps in mind
 * that a small slice holds on to the whole array ({@link #copy} lets go of it).
 *
 * <p>Thread-safe as long as that promise is kept.
 */
public final class Slice {
  /** No bytes. */
  public static final Slice EMPTY = new Slice(new byte[0], 0, 0);

  private final byte[] array;
  private final int offset;
  private final int length;

  private Slice(byte[] array, int offset, int length) {
    this.array = array;
    this.offset = offset;
    this.length = length;
  }

  /** All of {@code array}, not copied. */
  public static Slice of(byte[] array) {
    return new Slice(array, 0, array.length);
  }

  /**
   * {@code length} bytes of {@code array} from {@code offset}, not copied.
   *
   * @throws IndexOutOfBoundsException when they are not all inside the array
   */
  public static Slice of(byte[] array, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, array.length);
    return new Slice(array, offset, length);
  }

  /**
   * The bytes written as {@code hex}.
   *
   * @throws IllegalArgumentException when it is not an even number of hexadecimal digits
   */
  public static Slice fromHex(String hex) {
    return of(HexFormat.of().parseHex(hex));
  }

  /** Number of bytes. */
  public int length() {
    return length;
  }

  /** Whether there are no bytes. */
  public boolean isEmpty() {
    return length == 0;
  }

  /** Byte {@code index}, 0-based, as -128 to 127. */
  public byte at(int index) {
    return array[offset + Objects.checkIndex(index, length)];
  }

  /**
   * The bytes from {@code from} (inclusive) to {@code to} (exclusive) of this slice, not copied.
   */
  public Slice range(int from, int to) {
    Objects.checkFromToIndex(from, to, length);
    return new Slice(array, offset + from, to - from);
  }

  /** A reader of exactly these bytes. */
  public CompactReader reader() {
    return new CompactReader(array, offset, length);
  }

  /** Copies all bytes into {@code target} from {@code targetOffset}. */
  public void copyTo(byte[] target, int targetOffset) {
    System.arraycopy(array, offset, target, targetOffset, length);
  }

  /** A new array with these bytes. */
  public byte[] toByteArray() {
    return Arrays.copyOfRange(array, offset, offset + length);
  }

  /** The same bytes in an array of their own. */
  public Slice copy() {
    return of(toByteArray());
  }

  /** The array that this slice looks into. Only to be read; see {@link #offset}. */
  public byte[] array() {
    return array;
  }

  /** Where the slice begins in {@link #array}. */
  public int offset() {
    return offset;
  }

  /** Lower case hexadecimal digits. */
  public String toHex() {
    return HexFormat.of().formatHex(array, offset, offset + length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Slice that
        && Arrays.equals(
            array, offset, offset + length, that.array, that.offset, that.offset + that.length);
  }

  @Override
  public int hashCode() {
    int hash = 1;
    for (int i = offset; i < offset + length; i++) {
      hash = 31 * hash + array[i];
    }
    return hash;
  }

  /** Number of bytes and the first 16 of them. */
  @Override
  public String toString() {
    return length <= 16
        ? length + " bytes " + toHex()
        : length + " bytes " + range(0, 16).toHex() + "..";
  }
}
