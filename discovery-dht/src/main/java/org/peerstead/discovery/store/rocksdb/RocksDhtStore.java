package org.peerstead.discovery.store.rocksdb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.discovery.store.StorageException;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Slice;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * The store of a node in a directory of its own. Thread-safe; a commit takes some microseconds, and
 * as long as the disk takes when RocksDB has to wait for it.
 *
 * <p>A commit is one write to the write-ahead log, without waiting for the disk: the death of the
 * process costs nothing, a loss of power the last seconds, and never half of a commit.
 *
 * <table>
 * <caption>Rows</caption>
 * <tr><th>Key</th><th>Value</th></tr>
 * <tr><td>1 to 4 (the section), key</td><td>1 (version), expiry as 8 bytes big endian in
 * milliseconds since 1970, value</td></tr>
 * <tr><td>5, name</td><td>fact</td></tr>
 * <tr><td>6</td><td>remembered nodes, 6 bytes each</td></tr>
 * </table>
 *
 * <p>Directory: {@code rows} is the database. When it is found damaged at the opening, what can be
 * read is copied to a new one, which takes its place; when it cannot be opened at all, it is set
 * aside as {@code rows.damaged} and the node begins empty. A node that is not worth repairing by
 * hand must not stay down for the records of 20 minutes.
 */
public final class RocksDhtStore implements DhtStore {
  private static final int ROW_VERSION = 1;
  private static final int ROW_HEADER_BYTES = 1 + Long.BYTES;
  private static final int MAX_KEY_BYTES = 64;
  private static final int MAX_VALUE_BYTES = 64 << 10;
  private static final int META_PREFIX = 5;
  private static final int NODES_PREFIX = 6;
  private static final int LAST_PREFIX = NODES_PREFIX;
  private static final byte[] NODES_KEY = {NODES_PREFIX};

  private final Path directory;
  private final DirectoryLock lock;
  private final DatabaseOptions options;
  private final RocksDB db;
  private final WriteOptions unsynced = new WriteOptions();
  private final WriteBatch batch = new WriteBatch();
  private final ByteBuffer keyBuffer = ByteBuffer.allocateDirect(1 + MAX_KEY_BYTES);
  private final ByteBuffer valueBuffer =
      ByteBuffer.allocateDirect(ROW_HEADER_BYTES + MAX_VALUE_BYTES);
  private long skippedRows;
  private boolean isClosed;

  private RocksDhtStore(
      Path directory, DirectoryLock lock, DatabaseOptions options, RocksDB db, long skippedRows) {
    this.directory = directory;
    this.lock = lock;
    this.options = options;
    this.db = db;
    this.skippedRows = skippedRows;
  }

  /**
   * Opens or creates the store in {@code directory}, which must not hold anything else.
   *
   * @throws StorageException when the directory is in use or cannot be written
   */
  public static RocksDhtStore open(Path directory, RocksDhtStoreConfig config) {
    RocksDB.loadLibrary();
    DirectoryLock lock = DirectoryLock.take(directory);
    var options = new DatabaseOptions(config);
    try {
      var opening = new Opening(directory, options.options());
      RocksDB db = opening.open();
      return new RocksDhtStore(directory, lock, options, db, opening.lostParts());
    } catch (RocksDBException | IOException e) {
      options.close();
      lock.close();
      throw new StorageException("RocksDB could not open " + directory + ": " + e.getMessage(), e);
    }
  }

  @Override
  public synchronized void replay(Section section, RowVisitor visitor) {
    check("replay");
    try {
      int damagedParts =
          Rows.scan(
              db,
              prefix(section),
              (key, value) -> {
                if (key.length < 2 || value.length < ROW_HEADER_BYTES || value[0] != ROW_VERSION) {
                  skippedRows++;
                  db.delete(unsynced, key);
                  return;
                }
                visitor.row(
                    Slice.of(key, 1, key.length - 1),
                    ByteBuffer.wrap(value).getLong(1),
                    Slice.of(value, ROW_HEADER_BYTES, value.length - ROW_HEADER_BYTES));
              });
      skippedRows += damagedParts;
    } catch (RocksDBException e) {
      throw failed("read", e);
    }
  }

  private static int prefix(Section section) {
    return switch (section) {
      case RECORDS -> 1;
      case ROUTES -> 2;
      case MUTABLES -> 3;
      case IMMUTABLES -> 4;
    };
  }

  @Override
  public synchronized void put(Section section, Slice key, long expiresAtMillis, Slice value) {
    check("write");
    if (value.length() > MAX_VALUE_BYTES) {
      throw new IllegalArgumentException(
          "value of " + value.length() + " bytes above " + MAX_VALUE_BYTES);
    }
    valueBuffer
        .clear()
        .put((byte) ROW_VERSION)
        .putLong(expiresAtMillis)
        .put(value.array(), value.offset(), value.length())
        .flip();
    try {
      batch.put(key(section, key), valueBuffer);
    } catch (RocksDBException e) {
      throw failed("write", e);
    }
  }

  @Override
  public synchronized void delete(Section section, Slice key) {
    check("delete");
    try {
      batch.delete(key(section, key));
    } catch (RocksDBException e) {
      throw failed("delete", e);
    }
  }

  private ByteBuffer key(Section section, Slice key) {
    if (key.isEmpty() || key.length() > MAX_KEY_BYTES) {
      throw new IllegalArgumentException("key of " + key.length() + " bytes, not 1 to 64");
    }
    return keyBuffer
        .clear()
        .put((byte) prefix(section))
        .put(key.array(), key.offset(), key.length())
        .flip();
  }

  @Override
  public synchronized List<NodeAddress> nodes() {
    check("read");
    byte @Nullable [] row = get(NODES_KEY);
    if (row == null) {
      return List.of();
    }
    List<NodeAddress> nodes = new ArrayList<>(row.length / NodeAddress.BYTES);
    CompactReader reader = Slice.of(row).reader();
    try {
      while (reader.hasRemaining()) {
        nodes.add(NodeAddress.read(reader));
      }
    } catch (EncodingException e) {
      skippedRows++;
    }
    return List.copyOf(nodes);
  }

  @Override
  public synchronized void saveNodes(List<NodeAddress> nodes) {
    check("write");
    var row = new CompactWriter(nodes.size() * NodeAddress.BYTES);
    nodes.forEach(node -> node.write(row));
    put(NODES_KEY, row.toByteArray());
  }

  @Override
  public synchronized @Nullable Slice meta(String name) {
    check("read");
    byte @Nullable [] row = get(metaKey(name));
    return row == null ? null : Slice.of(row);
  }

  @Override
  public synchronized void putMeta(String name, Slice value) {
    check("write");
    put(metaKey(name), value.toByteArray());
  }

  private static byte[] metaKey(String name) {
    byte[] ascii = name.getBytes(StandardCharsets.US_ASCII);
    if (ascii.length == 0 || ascii.length > MAX_KEY_BYTES) {
      throw new IllegalArgumentException("name of " + ascii.length + " bytes, not 1 to 64");
    }
    return ByteBuffer.allocate(1 + ascii.length).put((byte) META_PREFIX).put(ascii).array();
  }

  private byte @Nullable [] get(byte[] key) {
    try {
      return db.get(key);
    } catch (RocksDBException e) {
      if (Rows.isDamage(e)) {
        skippedRows++;
        return null;
      }
      throw failed("read", e);
    }
  }

  private void put(byte[] key, byte[] value) {
    try {
      batch.put(key, value);
    } catch (RocksDBException e) {
      throw failed("write", e);
    }
  }

  /**
   * {@inheritDoc} When it fails, what was collected is dropped: the node has it in memory, and its
   * owners announce it again within minutes.
   */
  @Override
  public synchronized void commit() {
    check("commit");
    if (batch.count() == 0) {
      return;
    }
    try {
      db.write(unsynced, batch);
    } catch (RocksDBException e) {
      throw failed("commit", e);
    } finally {
      batch.clear();
    }
  }

  /** {@inheritDoc} A part of a damaged database that could not be read counts as one. */
  @Override
  public synchronized long skippedRows() {
    return skippedRows;
  }

  /** Bytes of all files of the store. */
  public long diskBytes() {
    try (Stream<Path> files = Files.list(directory.resolve(Opening.ROWS))) {
      long sum = 0;
      for (Path file : (Iterable<Path>) files::iterator) {
        sum += sizeOf(file);
      }
      return sum;
    } catch (IOException | UncheckedIOException e) {
      throw new StorageException("Cannot list " + directory, e);
    }
  }

  private static long sizeOf(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) {
      // Removed by RocksDB since it was listed.
      return 0;
    }
  }

  @Override
  public synchronized void close() {
    if (isClosed) {
      return;
    }
    try {
      commit();
      // A node that was stopped in good order loses nothing to a loss of power either.
      db.syncWal();
    } catch (RocksDBException e) {
      throw failed("sync", e);
    } finally {
      isClosed = true;
      batch.close();
      unsynced.close();
      try {
        db.closeE();
      } catch (RocksDBException e) {
        throw failed("close", e);
      } finally {
        options.close();
        lock.close();
      }
    }
  }

  private void check(String action) {
    if (isClosed) {
      throw new StorageException("Cannot " + action + ": the store is closed");
    }
  }

  private StorageException failed(String action, RocksDBException cause) {
    return new StorageException(
        "RocksDB could not " + action + " in " + directory + ": " + cause.getMessage(), cause);
  }

  /** The first bytes that keys begin with. */
  static int lastPrefix() {
    return LAST_PREFIX;
  }
}
