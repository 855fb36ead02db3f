package org.peerstead.securestream.encoding;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * 32 bytes: a public key, a hash, a discovery key, a namespace. Immutable and thread-safe; ordered
 * as unsigned bytes. Not for secrets: {@link #toString} shows the content.
 */
public final class Fixed32 implements Comparable<Fixed32> {
  /** Size in bytes. */
  public static final int SIZE = 32;

  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final byte[] bytes;

  private Fixed32(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * A copy of {@code bytes}.
   *
   * @throws IllegalArgumentException when they are not 32
   */
  public static Fixed32 of(byte[] bytes) {
    if (bytes.length != SIZE) {
      throw new IllegalArgumentException("32 bytes expected, not " + bytes.length);
    }
    return new Fixed32(bytes.clone());
  }

  /** A copy of the 32 bytes of {@code array} from {@code offset}. */
  public static Fixed32 of(byte[] array, int offset) {
    if (offset < 0 || array.length - offset < SIZE) {
      throw new IndexOutOfBoundsException(
          "32 bytes at " + offset + " of an array of " + array.length);
    }
    return new Fixed32(Arrays.copyOfRange(array, offset, offset + SIZE));
  }

  /** The bytes written as 64 hexadecimal digits. */
  public static Fixed32 fromHex(String hex) {
    return of(HexFormat.of().parseHex(hex));
  }

  /** A new array with the 32 bytes. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /** Copies the 32 bytes into {@code target} from {@code offset}. */
  public void copyTo(byte[] target, int offset) {
    System.arraycopy(bytes, 0, target, offset, SIZE);
  }

  /**
   * Bytes 8 {@code index} to 8 {@code index} + 7 as one big-endian number.
   *
   * @param index 0 to 3
   */
  public long word(int index) {
    return (long) WORDS.get(bytes, Long.BYTES * index);
  }

  /** The bytes as a slice. */
  public Slice toSlice() {
    return Slice.of(bytes.clone());
  }

  @Override
  public int compareTo(Fixed32 other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Fixed32 that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** 64 lower case hexadecimal digits. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }
}
