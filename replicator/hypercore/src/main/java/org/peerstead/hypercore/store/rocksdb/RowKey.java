package org.peerstead.hypercore.store.rocksdb;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A key under construction, in a buffer that can be used again. A number is its count of bytes and
 * those bytes in big endian: ordered like the numbers, and short for the small ones that nearly all
 * rows have. Not thread-safe.
 */
final class RowKey {
  /** Bytes of a key of two numbers at most. */
  private static final int TWO_NUMBERS = 2 * (1 + Long.BYTES);

  private byte[] bytes = new byte[TWO_NUMBERS];
  private int length;

  /** The key of two numbers, none negative. */
  static RowKey of(long first, long second) {
    return new RowKey().number(first).number(second);
  }

  RowKey clear() {
    length = 0;
    return this;
  }

  RowKey number(long value) {
    if (value < 0) {
      throw new IllegalArgumentException("negative: " + value);
    }
    int width = (Long.SIZE - Long.numberOfLeadingZeros(value) + 7) / 8;
    reserve(1 + width);
    bytes[length++] = (byte) width;
    for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) {
      bytes[length++] = (byte) (value >>> shift);
    }
    return this;
  }

  RowKey tag(int tag) {
    reserve(1);
    bytes[length++] = (byte) tag;
    return this;
  }

  RowKey raw(byte[] more) {
    reserve(more.length);
    System.arraycopy(more, 0, bytes, length, more.length);
    length += more.length;
    return this;
  }

  RowKey text(String text) {
    return raw(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The buffer; {@link #length} bytes of it are the key. */
  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  byte[] toByteArray() {
    return Arrays.copyOf(bytes, length);
  }

  /** The number that begins at {@code at} in a stored key; the next part begins behind it. */
  static long numberAt(byte[] key, int at) {
    long value = 0;
    for (int i = at + 1; i <= at + key[at]; i++) {
      value = value << 8 | key[i] & 0xff;
    }
    return value;
  }

  private void reserve(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(length + more, 2 * bytes.length));
    }
  }
}
