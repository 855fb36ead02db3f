package org.peerstead.hypercore.store.rocksdb;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.hypercore.store.CoreBatch;
import org.peerstead.hypercore.store.CoreRecord;
import org.peerstead.hypercore.store.CoreStorage;
import org.peerstead.hypercore.store.StorageException;
import org.peerstead.hypercore.store.StoredHead;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** The rows of one core in RocksDB: a core id and the way to the database. */
final class RocksCoreStorage implements CoreStorage {
  static final int HEAD = 0;
  static final int CONTIGUOUS_LENGTH = 1;
  static final int USER_DATA = 2;

  /** A {@code uint} and a hash. */
  private static final int MAX_NODE_BYTES = 9 + Fixed32.SIZE;

  private static final int MAX_SIGNATURE_BYTES = 1 << 24;

  private final RocksCoreStore store;
  private final Database database;
  private final CoreRecord record;
  private final long id;

  /** A guess from the block read before; a wrong one costs a second read. */
  private volatile boolean expectsLargeBlocks;

  RocksCoreStorage(RocksCoreStore store, Database database, CoreRecord record) {
    this.store = store;
    this.database = database;
    this.record = record;
    this.id = record.id();
  }

  private RowKey headKey(int tag) {
    return new RowKey().number(id).tag(tag);
  }

  @Override
  public @Nullable StoredHead head() {
    byte[] row = database.get(Family.HEADS, headKey(HEAD));
    if (row == null) {
      return null;
    }
    try {
      var reader = new CompactReader(row, 0, row.length);
      var head =
          new StoredHead(
              reader.uint(),
              reader.uint(),
              reader.uint(),
              reader.fixed32(),
              reader.buffer(MAX_SIGNATURE_BYTES));
      reader.expectEnd();
      return head;
    } catch (EncodingException e) {
      throw damaged("head", e);
    }
  }

  @Override
  public long contiguousLength() {
    byte[] row = database.get(Family.HEADS, headKey(CONTIGUOUS_LENGTH));
    if (row == null) {
      return 0;
    }
    try {
      return new CompactReader(row, 0, row.length).uint();
    } catch (EncodingException e) {
      throw damaged("contiguous length", e);
    }
  }

  @Override
  public @Nullable TreeNode node(long index) {
    byte[] row = new byte[MAX_NODE_BYTES];
    int length = database.get(Family.NODES, RowKey.of(id, index), row);
    if (length < 0) {
      return null;
    }
    try {
      var reader = new CompactReader(row, 0, Math.min(length, row.length));
      var node = new TreeNode(index, reader.uint(), reader.fixed32());
      reader.expectEnd();
      return node;
    } catch (EncodingException e) {
      throw damaged("node " + index, e);
    }
  }

  @Override
  public @Nullable Slice block(long index) {
    RowKey key = RowKey.of(id, index);
    if (expectsLargeBlocks) {
      byte[] row = database.getUnchecked(Family.BLOCKS, key);
      if (row == null || LargeBlock.isLargeRow(row)) {
        return row == null ? null : decodeLarge(key, row, index);
      }
    }
    byte[] row = database.get(Family.BLOCKS, key);
    if (row == null) {
      return null;
    }
    expectsLargeBlocks = LargeBlock.isLargeRow(row);
    return expectsLargeBlocks ? decodeLarge(key, row, index) : Slice.of(row);
  }

  private Slice decodeLarge(RowKey key, byte[] row, long index) {
    Slice block = LargeBlock.decode(key, row);
    if (block == null) {
      throw new StorageException("Block " + index + " of core " + record.key() + " is damaged");
    }
    return block;
  }

  @Override
  public void visitPages(PageVisitor visitor) {
    RowKey from = new RowKey().number(id);
    int indexAt = from.length();
    database.scan(
        Family.PAGES,
        from.toByteArray(),
        new RowKey().number(id + 1).toByteArray(),
        (key, value) -> {
          if (value.length != PAGE_BITS / Byte.SIZE) {
            throw new StorageException("A page of core " + record.key() + " is damaged");
          }
          long[] words = new long[PAGE_BITS / Long.SIZE];
          ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(words);
          visitor.page(RowKey.numberAt(key, indexAt), words);
          return true;
        });
  }

  @Override
  public @Nullable Slice userData(String key) {
    byte[] row = database.get(Family.HEADS, headKey(USER_DATA).text(key));
    return row == null ? null : Slice.of(row);
  }

  @Override
  public CoreBatch batch() {
    return new RocksCoreBatch(store, database, record);
  }

  private StorageException damaged(String what, EncodingException cause) {
    return new StorageException("The " + what + " of core " + record.key() + " is damaged", cause);
  }
}
