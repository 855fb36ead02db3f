package org.peerstead.hypercore.store.rocksdb;

import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Slice;

/**
 * How a block of {@link #MIN_BYTES} and more is stored: its bytes, then CRC-32C over key and bytes,
 * 4 bytes in little endian. RocksDB keeps a sum as well, but computes it without the processor's
 * instruction, which for 64 KiB takes longer than all else that a read does; so such blocks are
 * read without that one, and checked against this.
 *
 * <p>The length of a row tells which kind it is.
 */
final class LargeBlock {
  static final int MIN_BYTES = 4 * 1024;
  static final int CHECKSUM_BYTES = Integer.BYTES;

  private LargeBlock() {}

  static boolean isLarge(Slice block) {
    return block.length() >= MIN_BYTES;
  }

  static boolean isLargeRow(byte[] row) {
    return row.length >= MIN_BYTES;
  }

  static int checksum(RowKey key, byte[] bytes, int offset, int length) {
    var sum = new CRC32C();
    sum.update(key.bytes(), 0, key.length());
    sum.update(bytes, offset, length);
    return (int) sum.getValue();
  }

  /** The block in a row, or null when the row is damaged. */
  static @Nullable Slice decode(RowKey key, byte[] row) {
    int length = row.length - CHECKSUM_BYTES;
    if (length < MIN_BYTES) {
      return null;
    }
    int stored = 0;
    for (int i = 0; i < CHECKSUM_BYTES; i++) {
      stored |= (row[length + i] & 0xff) << (8 * i);
    }
    return stored == checksum(key, row, 0, length) ? Slice.of(row, 0, length) : null;
  }
}
