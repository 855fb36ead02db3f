package org.peerstead.hypercore.store.rocksdb;

import java.util.Arrays;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * RocksDB's own serialized form of a write batch, built here because a call into native code for
 * each row costs more than the row. Not thread-safe.
 *
 * <table>
 * <caption>Layout, RocksDB 11.8.1 db/write_batch.cc</caption>
 * <tr><th>offset</th><th>bytes</th><th>meaning</th></tr>
 * <tr><td>0</td><td>8</td><td>sequence, filled in by RocksDB</td></tr>
 * <tr><td>8</td><td>4</td><td>number of records, little endian</td></tr>
 * <tr><td>12</td><td></td><td>records: tag, varint family id, key, and for a put its value, for a
 * range its end; each of these a varint length and the bytes</td></tr>
 * </table>
 */
final class SerializedBatch {
  private static final int HEADER_BYTES = 12;
  private static final int COUNT_OFFSET = 8;
  private static final byte DELETION = 0x4;
  private static final byte VALUE = 0x5;
  private static final byte RANGE_DELETION = 0xE;

  private byte[] bytes;
  private int length = HEADER_BYTES;
  private int count;

  /**
   * An empty batch.
   *
   * @param buffer to build it in until it has to grow
   */
  SerializedBatch(byte[] buffer) {
    this.bytes = buffer;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Puts a row whose value follows through the methods below: {@code valueBytes} of them. */
  SerializedBatch beginPut(int family, RowKey key, int valueBytes) {
    begin(VALUE, family, key);
    varint(valueBytes);
    reserve(valueBytes);
    return this;
  }

  SerializedBatch put(int family, RowKey key, Slice value) {
    return beginPut(family, key, value.length()).raw(value);
  }

  SerializedBatch put(int family, RowKey key, byte[] value) {
    return beginPut(family, key, value.length).raw(Slice.of(value));
  }

  SerializedBatch delete(int family, RowKey key) {
    begin(DELETION, family, key);
    return this;
  }

  /** Deletes all rows of a family with from <= key < to. */
  SerializedBatch deleteRange(int family, RowKey from, RowKey to) {
    begin(RANGE_DELETION, family, from);
    bytes(to.bytes(), to.length());
    return this;
  }

  /** Part of a value. */
  SerializedBatch raw(Slice part) {
    part.copyTo(bytes, length);
    length += part.length();
    return this;
  }

  /** Part of a value. */
  SerializedBatch fixed32(Fixed32 part) {
    part.copyTo(bytes, length);
    length += Fixed32.SIZE;
    return this;
  }

  /** Part of a value. */
  SerializedBatch littleEndian(long value, int width) {
    for (int i = 0; i < width; i++) {
      bytes[length++] = (byte) (value >>> (8 * i));
    }
    return this;
  }

  /** Bytes of a {@code uint}. */
  static int uintBytes(long value) {
    return value < 0xfd ? 1 : value <= 0xffff ? 3 : value <= 0xffff_ffffL ? 5 : 9;
  }

  /** Part of a value: compact-encoding's {@code uint}. */
  SerializedBatch uint(long value) {
    int width = uintBytes(value) - 1;
    if (width == 0) {
      return littleEndian(value, 1);
    }
    return littleEndian(width == 2 ? 0xfd : width == 4 ? 0xfe : 0xff, 1).littleEndian(value, width);
  }

  /** The whole batch in an array of its own. */
  byte[] finish() {
    byte[] whole = Arrays.copyOf(bytes, length);
    Arrays.fill(whole, 0, HEADER_BYTES, (byte) 0);
    for (int i = 0; i < Integer.BYTES; i++) {
      whole[COUNT_OFFSET + i] = (byte) (count >>> (8 * i));
    }
    return whole;
  }

  /** The buffer, which may have grown, for a next batch. */
  byte[] buffer() {
    return bytes;
  }

  private void begin(byte tag, int family, RowKey key) {
    count++;
    reserve(1);
    bytes[length++] = tag;
    varint(family);
    bytes(key.bytes(), key.length());
  }

  private void bytes(byte[] part, int partLength) {
    varint(partLength);
    reserve(partLength);
    System.arraycopy(part, 0, bytes, length, partLength);
    length += partLength;
  }

  private void varint(int value) {
    reserve(5);
    int rest = value;
    while ((rest & ~0x7f) != 0) {
      bytes[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
  }

  private void reserve(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(length, more), 2 * bytes.length));
    }
  }
}
