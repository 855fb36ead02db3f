package org.peerstead.hypercore.store.rocksdb;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.peerstead.securestream.encoding.Slice;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * The large blocks of a batch, in memory that native code can read: for them two copies less weigh
 * more than one call each. Not thread-safe; used for one batch after the other.
 */
final class LargeBlocks {
  private static final int ARENA_BYTES = 4 << 20;

  private record Row(int at, int keyBytes, int valueBytes) {}

  private final ByteBuffer arena =
      ByteBuffer.allocateDirect(ARENA_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final List<Row> rows = new ArrayList<>();

  boolean isEmpty() {
    return rows.isEmpty();
  }

  /** Takes a block, or returns false when there is no room. */
  boolean add(RowKey key, Slice block) {
    int valueBytes = block.length() + LargeBlock.CHECKSUM_BYTES;
    if (arena.remaining() < key.length() + valueBytes) {
      return false;
    }
    rows.add(new Row(arena.position(), key.length(), valueBytes));
    arena
        .put(key.bytes(), 0, key.length())
        .put(block.array(), block.offset(), block.length())
        .putInt(LargeBlock.checksum(key, block.array(), block.offset(), block.length()));
    return true;
  }

  /** Puts the blocks behind what is in a batch. */
  void putInto(WriteBatch batch, ColumnFamilyHandle blocks) throws RocksDBException {
    for (Row row : rows) {
      int valueAt = row.at() + row.keyBytes();
      batch.put(
          blocks, arena.slice(row.at(), row.keyBytes()), arena.slice(valueAt, row.valueBytes()));
    }
  }

  /** Moves the blocks into a batch, because something that follows must come behind them. */
  void moveInto(SerializedBatch batch, int family) {
    for (Row row : rows) {
      byte[] key = new byte[row.keyBytes()];
      arena.get(row.at(), key);
      byte[] value = new byte[row.valueBytes()];
      arena.get(row.at() + row.keyBytes(), value);
      batch.put(family, new RowKey().raw(key), value);
    }
    clear();
  }

  void clear() {
    rows.clear();
    arena.clear();
  }
}
