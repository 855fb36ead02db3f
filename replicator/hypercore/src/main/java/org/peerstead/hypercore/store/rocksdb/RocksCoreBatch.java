package org.peerstead.hypercore.store.rocksdb;

import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.hypercore.store.CoreBatch;
import org.peerstead.hypercore.store.CoreRecord;
import org.peerstead.hypercore.store.CoreStorage;
import org.peerstead.hypercore.store.StoredHead;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** Changes of one core, in the form in which RocksDB takes them. */
final class RocksCoreBatch implements CoreBatch {
  /**
   * Ranges up to this size are deleted row by row, because range deletions make reads slower until
   * they are compacted away.
   */
  private static final long MAX_SINGLE_DELETIONS = 16;

  /** Ranges from this size on are worth the attention of who gives space back. */
  private static final long MIN_RECLAIMED_BLOCKS = 64;

  private final RocksCoreStore store;
  private final Database database;
  private final CoreRecord record;
  private final long id;
  private final SerializedBatch rows;
  private final RowKey key = new RowKey();
  private @Nullable LargeBlocks large;
  private long lastLargeBlock = -1;
  private @Nullable Slice manifest;
  private long reclaimFrom = Long.MAX_VALUE;
  private long reclaimTo;
  private boolean isCommitted;

  RocksCoreBatch(RocksCoreStore store, Database database, CoreRecord record) {
    this.store = store;
    this.database = database;
    this.record = record;
    this.id = record.id();
    this.rows = new SerializedBatch(store.takeBuffer());
  }

  private RowKey key(long index) {
    return key.clear().number(id).number(index);
  }

  private RowKey headKey(int tag) {
    return key.clear().number(id).tag(tag);
  }

  @Override
  public CoreBatch head(StoredHead head) {
    Slice signature = head.signature();
    rows.beginPut(
            database.id(Family.HEADS),
            headKey(RocksCoreStorage.HEAD),
            SerializedBatch.uintBytes(head.fork())
                + SerializedBatch.uintBytes(head.length())
                + SerializedBatch.uintBytes(head.byteLength())
                + Fixed32.SIZE
                + SerializedBatch.uintBytes(signature.length())
                + signature.length())
        .uint(head.fork())
        .uint(head.length())
        .uint(head.byteLength())
        .fixed32(head.treeHash())
        .uint(signature.length())
        .raw(signature);
    return this;
  }

  @Override
  public CoreBatch contiguousLength(long blocks) {
    rows.beginPut(
            database.id(Family.HEADS),
            headKey(RocksCoreStorage.CONTIGUOUS_LENGTH),
            SerializedBatch.uintBytes(blocks))
        .uint(blocks);
    return this;
  }

  @Override
  public CoreBatch node(TreeNode node) {
    rows.beginPut(
            database.id(Family.NODES),
            key(node.index()),
            SerializedBatch.uintBytes(node.size()) + Fixed32.SIZE)
        .uint(node.size())
        .fixed32(node.hash());
    return this;
  }

  @Override
  public CoreBatch deleteNodes(long from, long to) {
    delete(Family.NODES, from, to);
    return this;
  }

  @Override
  public CoreBatch block(long index, Slice value) {
    if (index <= lastLargeBlock) {
      moveLargeBlocks();
    }
    int family = database.id(Family.BLOCKS);
    if (!LargeBlock.isLarge(value)) {
      rows.put(family, key(index), value);
      return this;
    }
    if (large == null) {
      large = store.takeLargeBlocks();
    }
    if (large.add(key(index), value)) {
      lastLargeBlock = Math.max(lastLargeBlock, index);
    } else {
      rows.beginPut(family, key, value.length() + LargeBlock.CHECKSUM_BYTES)
          .raw(value)
          .littleEndian(
              LargeBlock.checksum(key, value.array(), value.offset(), value.length()),
              LargeBlock.CHECKSUM_BYTES);
    }
    return this;
  }

  /** Large blocks are written last; a change that may concern the same block must come behind. */
  private void moveLargeBlocks() {
    if (large != null) {
      large.moveInto(rows, database.id(Family.BLOCKS));
      lastLargeBlock = -1;
    }
  }

  @Override
  public CoreBatch deleteBlocks(long from, long to) {
    moveLargeBlocks();
    delete(Family.BLOCKS, from, to);
    if (to - from >= MIN_RECLAIMED_BLOCKS) {
      reclaimFrom = Math.min(reclaimFrom, from);
      reclaimTo = Math.max(reclaimTo, to);
    }
    return this;
  }

  private void delete(Family family, long from, long to) {
    if (to - from > MAX_SINGLE_DELETIONS) {
      rows.deleteRange(database.id(family), key(from), RowKey.of(id, to));
    } else {
      for (long index = from; index < to; index++) {
        rows.delete(database.id(family), key(index));
      }
    }
  }

  @Override
  public CoreBatch page(long page, long[] words) {
    if (words.length != CoreStorage.PAGE_BITS / Long.SIZE) {
      throw new IllegalArgumentException(words.length + " words are not a page");
    }
    long any = 0;
    for (long word : words) {
      any |= word;
    }
    if (any == 0) {
      rows.delete(database.id(Family.PAGES), key(page));
      return this;
    }
    rows.beginPut(database.id(Family.PAGES), key(page), CoreStorage.PAGE_BITS / Byte.SIZE);
    for (long word : words) {
      rows.littleEndian(word, Long.BYTES);
    }
    return this;
  }

  @Override
  public CoreBatch manifest(Slice encoded) {
    manifest = encoded.copy();
    return this;
  }

  @Override
  public CoreBatch userData(String name, Slice value) {
    headKey(RocksCoreStorage.USER_DATA).text(name);
    if (value.isEmpty()) {
      rows.delete(database.id(Family.HEADS), key);
    } else {
      rows.put(database.id(Family.HEADS), key, value);
    }
    return this;
  }

  @Override
  public boolean isEmpty() {
    return rows.isEmpty() && manifest == null && (large == null || large.isEmpty());
  }

  @Override
  public void commit() {
    if (isCommitted) {
      throw new IllegalStateException("a batch is used once");
    }
    isCommitted = true;
    if (manifest != null) {
      store.writeWithManifest(record, manifest, rows, large);
    } else if (!isEmpty()) {
      database.write(rows.finish(), large);
    }
    store.giveBackBuffer(rows.buffer());
    if (large != null) {
      store.giveBackLargeBlocks(large);
    }
    if (reclaimTo > 0) {
      store.reclaim(record, reclaimFrom, reclaimTo);
    }
  }
}
