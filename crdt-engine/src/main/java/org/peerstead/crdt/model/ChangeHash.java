package org.peerstead.crdt.model;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * The identity of a change: SHA-256 of its type-1 chunk from the type byte on. 32 bytes, ordered as
 * unsigned bytes.
 */
public final class ChangeHash implements Comparable<ChangeHash> {
  /** Length in bytes. */
  public static final int SIZE = 32;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private final long a;
  private final long b;
  private final long c;
  private final long d;

  private ChangeHash(long a, long b, long c, long d) {
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
  }

  /** Reads 32 bytes; throws {@link IllegalArgumentException} for any other length. */
  public static ChangeHash of(byte[] bytes) {
    if (bytes.length != SIZE) {
      throw new IllegalArgumentException("a change hash has 32 bytes, not " + bytes.length);
    }
    return of(bytes, 0);
  }

  /** Reads 32 bytes from {@code offset}. */
  public static ChangeHash of(byte[] source, int offset) {
    return new ChangeHash(
        (long) LONG.get(source, offset),
        (long) LONG.get(source, offset + 8),
        (long) LONG.get(source, offset + 16),
        (long) LONG.get(source, offset + 24));
  }

  /** Parses 64 hexadecimal digits. */
  public static ChangeHash fromHex(String hex) {
    return of(HexFormat.of().parseHex(hex));
  }

  /** A fresh 32-byte array. */
  public byte[] toBytes() {
    byte[] out = new byte[SIZE];
    writeTo(out, 0);
    return out;
  }

  /** Writes 32 bytes at {@code offset}. */
  public void writeTo(byte[] target, int offset) {
    LONG.set(target, offset, a);
    LONG.set(target, offset + 8, b);
    LONG.set(target, offset + 16, c);
    LONG.set(target, offset + 24, d);
  }

  /**
   * Eight of the bytes as a big-endian number, without copying the hash.
   *
   * @param index 0 to 3
   */
  public long word(int index) {
    return switch (index) {
      case 0 -> a;
      case 1 -> b;
      case 2 -> c;
      case 3 -> d;
      default -> throw new IndexOutOfBoundsException("word " + index + " of a change hash");
    };
  }

  /** The hash with the given words; see {@link #word}. */
  public static ChangeHash ofWords(long a, long b, long c, long d) {
    return new ChangeHash(a, b, c, d);
  }

  /**
   * Four of the bytes as a little-endian unsigned number, without copying the hash.
   *
   * @param offset 0 or 4 or 8 ... 28
   */
  public long littleEndianUint32(int offset) {
    if ((offset & ~28) != 0) {
      throw new IllegalArgumentException("offset is not a multiple of 4 from 0 to 28: " + offset);
    }
    long word =
        switch (offset >> 3) {
          case 0 -> a;
          case 1 -> b;
          case 2 -> c;
          default -> d;
        };
    int half = (int) ((offset & 4) == 0 ? word >>> 32 : word);
    return Integer.toUnsignedLong(Integer.reverseBytes(half));
  }

  @Override
  public int compareTo(ChangeHash other) {
    int order = Long.compareUnsigned(a, other.a);
    if (order == 0) {
      order = Long.compareUnsigned(b, other.b);
    }
    if (order == 0) {
      order = Long.compareUnsigned(c, other.c);
    }
    return order == 0 ? Long.compareUnsigned(d, other.d) : order;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ChangeHash that
        && a == that.a
        && b == that.b
        && c == that.c
        && d == that.d;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(a ^ d);
  }

  /** Lower-case hexadecimal. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(toBytes());
  }
}
