package org.peerstead.merge.store.rocksdb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.peerstead.events.DocumentId;
import org.peerstead.merge.store.DocumentRecord;
import org.peerstead.merge.store.DocumentStore;
import org.peerstead.merge.store.StorageException;
import org.peerstead.merge.store.StoreOperation;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.RocksObject;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteBufferManager;
import org.rocksdb.WriteOptions;

/**
 * Documents in a RocksDB directory, which one process may have open at a time. Writes are synced to
 * the disk. Thread-safe; calls enter native code and hold their carrier thread while they do.
 */
public final class RocksDocumentStore implements DocumentStore {
  private static final byte[] STORAGE_ID_KEY = "storage-id".getBytes(StandardCharsets.UTF_8);
  private static final byte[] FORMAT_KEY = "format".getBytes(StandardCharsets.UTF_8);
  private static final String FORMAT = "1";

  /** Snapshots at least this large stay out of the tree, so that compactions do not copy them. */
  private static final long MIN_BLOB_BYTES = 16 * 1024;

  private static final int MAX_OPEN_FILES = 256;

  private final Path directory;
  private final FileChannel lockFile;
  private final RocksDB db;
  private final WriteOptions synced;
  private final ReadOptions readOptions;
  private final List<ColumnFamilyHandle> handles;
  private final List<RocksObject> resources;
  private final ColumnFamilyHandle facts;
  private final ColumnFamilyHandle records;
  private final ColumnFamilyHandle snapshots;
  private final ColumnFamilyHandle log;
  private final ColumnFamilyHandle syncStates;
  private final ColumnFamilyHandle tombstones;
  private final String storageId;

  /**
   * Shared by calls, exclusive for close: native handles must not be freed under a running call.
   */
  private final ReadWriteLock lifecycle = new ReentrantReadWriteLock();

  private volatile boolean isClosed;

  private RocksDocumentStore(
      Path directory,
      FileChannel lockFile,
      RocksDB db,
      List<ColumnFamilyHandle> handles,
      List<RocksObject> resources)
      throws RocksDBException {
    this.directory = directory;
    this.lockFile = lockFile;
    this.db = db;
    this.handles = handles;
    this.resources = resources;
    this.facts = handles.get(0);
    this.records = handles.get(1);
    this.snapshots = handles.get(2);
    this.log = handles.get(3);
    this.syncStates = handles.get(4);
    this.tombstones = handles.get(5);
    this.synced = new WriteOptions().setSync(true);
    this.readOptions = new ReadOptions().setVerifyChecksums(true);
    this.storageId = readOrCreateFacts();
  }

  /**
   * Opens or creates the store.
   *
   * @throws StorageException of kind LOCKED or NOT_ACCESSIBLE with a message fit for an operator
   */
  public static RocksDocumentStore open(Path directory, RocksStoreConfig config) {
    RocksDB.loadLibrary();
    FileChannel lockFile = lock(directory);
    var resources = new ArrayList<RocksObject>();
    try {
      var cache = keep(resources, new LRUCache(config.blockCacheBytes()));
      var buffers = keep(resources, new WriteBufferManager(config.writeBufferBytes(), cache));
      var filter = keep(resources, new BloomFilter(10));
      DBOptions options =
          keep(resources, new DBOptions())
              .setCreateIfMissing(true)
              .setCreateMissingColumnFamilies(true)
              .setParanoidChecks(true)
              .setMaxOpenFiles(MAX_OPEN_FILES)
              .setMaxBackgroundJobs(2)
              .setMaxTotalWalSize(4 * config.writeBufferBytes())
              .setWriteBufferManager(buffers)
              .setMaxManifestFileSize(16L << 20)
              .setKeepLogFileNum(4)
              .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
              .setStatsDumpPeriodSec(0)
              .setStatsPersistPeriodSec(0);
      var handles = new ArrayList<ColumnFamilyHandle>();
      List<ColumnFamilyDescriptor> families =
          List.of(
              family("default", options(resources, config, cache, filter)),
              family("records", options(resources, config, cache, filter)),
              family(
                  "snapshots",
                  options(resources, config, cache, filter)
                      .setEnableBlobFiles(true)
                      .setMinBlobSize(MIN_BLOB_BYTES)
                      .setEnableBlobGarbageCollection(true)),
              family("log", options(resources, config, cache, filter)),
              family("sync-states", options(resources, config, cache, filter)),
              family("tombstones", options(resources, config, cache, filter)));
      RocksDB db = RocksDB.open(options, directory.toString(), families, handles);
      try {
        return new RocksDocumentStore(directory, lockFile, db, handles, resources);
      } catch (RocksDBException | RuntimeException e) {
        handles.forEach(ColumnFamilyHandle::close);
        db.close();
        throw e;
      }
    } catch (RocksDBException e) {
      release(resources, lockFile);
      throw failure("open " + directory, e);
    } catch (RuntimeException e) {
      release(resources, lockFile);
      throw e;
    }
  }

  private static <R extends RocksObject> R keep(List<RocksObject> resources, R resource) {
    resources.add(resource);
    return resource;
  }

  private static ColumnFamilyOptions options(
      List<RocksObject> resources, RocksStoreConfig config, LRUCache cache, BloomFilter filter) {
    return keep(resources, new ColumnFamilyOptions())
        .setWriteBufferSize(Math.max(1 << 20, config.writeBufferBytes() / 2))
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        .setTableFormatConfig(
            new BlockBasedTableConfig()
                .setBlockCache(cache)
                .setCacheIndexAndFilterBlocks(true)
                .setPinL0FilterAndIndexBlocksInCache(true)
                .setFilterPolicy(filter));
  }

  private static ColumnFamilyDescriptor family(String name, ColumnFamilyOptions options) {
    return new ColumnFamilyDescriptor(name.getBytes(StandardCharsets.UTF_8), options);
  }

  private static FileChannel lock(Path directory) {
    FileChannel channel = null;
    try {
      Files.createDirectories(directory);
      channel =
          FileChannel.open(
              directory.resolve("peerstead.lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      close(channel);
      throw locked(directory);
    } catch (IOException e) {
      close(channel);
      throw new StorageException(
          StorageException.Kind.NOT_ACCESSIBLE,
          "The data folder "
              + directory
              + " cannot be written ("
              + e.getMessage()
              + "): make it writable or choose another one with --data",
          e);
    }
    close(channel);
    throw locked(directory);
  }

  private static StorageException locked(Path directory) {
    return new StorageException(
        StorageException.Kind.LOCKED,
        "The data folder "
            + directory
            + " is in use by another process: stop that one or choose another folder with --data");
  }

  private static void close(@Nullable FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static void release(List<RocksObject> resources, FileChannel lockFile) {
    for (int i = resources.size() - 1; i >= 0; i--) {
      resources.get(i).close();
    }
    close(lockFile);
  }

  private String readOrCreateFacts() throws RocksDBException {
    byte[] format = db.get(facts, FORMAT_KEY);
    byte[] known = db.get(facts, STORAGE_ID_KEY);
    if (format != null && known != null) {
      String version = new String(format, StandardCharsets.UTF_8);
      if (!version.equals(FORMAT)) {
        throw new StorageException(
            StorageException.Kind.NOT_ACCESSIBLE,
            directory + " has storage format " + version + ", this program knows only " + FORMAT);
      }
      return new String(known, StandardCharsets.UTF_8);
    }
    String created = UUID.randomUUID().toString();
    try (var batch = new WriteBatch()) {
      batch.put(facts, FORMAT_KEY, FORMAT.getBytes(StandardCharsets.UTF_8));
      batch.put(facts, STORAGE_ID_KEY, created.getBytes(StandardCharsets.UTF_8));
      db.write(synced, batch);
    }
    return created;
  }

  @Override
  public String storageId() {
    return storageId;
  }

  @Override
  public Optional<DocumentRecord> record(DocumentId document) {
    return call(
        "read the record of " + document,
        () ->
            Optional.ofNullable(db.get(records, readOptions, key(document)))
                .map(DocumentRecord::decode));
  }

  @Override
  public List<byte[]> chunks(DocumentId document, DocumentRecord record) {
    return call(
        "read " + document,
        () -> {
          var chunks = new ArrayList<byte[]>();
          byte[] snapshot = db.get(snapshots, readOptions, key(document));
          if (snapshot != null) {
            chunks.add(snapshot);
          }
          if (record.logEntries() > 0) {
            byte[] end = logKey(document, record.logTo());
            try (RocksIterator at = db.newIterator(log, readOptions)) {
              for (at.seek(logKey(document, record.logFrom()));
                  at.isValid() && Arrays.compareUnsigned(at.key(), end) < 0;
                  at.next()) {
                chunks.add(at.value());
              }
              at.status();
            }
          }
          return chunks;
        });
  }

  @Override
  public Optional<byte[]> syncState(DocumentId document, String peerStorageId) {
    return call(
        "read a sync state of " + document,
        () -> Optional.ofNullable(db.get(syncStates, syncKey(document, peerStorageId))));
  }

  @Override
  public OptionalLong tombstone(DocumentId document) {
    return call(
        "read the tombstone of " + document,
        () -> {
          byte[] time = db.get(tombstones, key(document));
          return time == null || time.length != Long.BYTES
              ? OptionalLong.empty()
              : OptionalLong.of(ByteBuffer.wrap(time).getLong());
        });
  }

  @Override
  public long countTombstones() {
    return call(
        "count tombstones",
        () -> {
          long count = 0;
          try (RocksIterator at = db.newIterator(tombstones)) {
            for (at.seekToFirst(); at.isValid(); at.next()) {
              count++;
            }
            at.status();
          }
          return count;
        });
  }

  @Override
  public List<StoredDocument> list(Optional<DocumentId> after, int limit) {
    return call(
        "list documents",
        () -> {
          // Keys begin with the length of the id; ids are listed by their bytes alone, so the few
          // lengths in use are merged.
          var page = new ArrayList<StoredDocument>();
          try (RocksIterator at = db.newIterator(records, readOptions)) {
            for (int length = 1; length <= DocumentId.MAX_SIZE; length++) {
              byte[] start = new byte[] {(byte) length};
              at.seek(start);
              if (!at.isValid()) {
                break;
              }
              length = at.key()[0];
              collect(at, length, after, limit, page);
            }
            at.status();
          }
          page.sort((a, b) -> a.document().compareTo(b.document()));
          return List.copyOf(page.subList(0, Math.min(limit, page.size())));
        });
  }

  private static void collect(
      RocksIterator at,
      int length,
      Optional<DocumentId> after,
      int limit,
      List<StoredDocument> page) {
    if (after.isPresent()) {
      byte[] id = after.get().toArray();
      byte[] start = Arrays.copyOf(new byte[] {(byte) length}, 1 + length);
      System.arraycopy(id, 0, start, 1, Math.min(id.length, length));
      at.seek(start);
    }
    int taken = 0;
    for (; at.isValid() && at.key()[0] == length && taken < limit; at.next()) {
      DocumentId document = documentOf(at.key());
      if (after.isEmpty() || document.compareTo(after.get()) > 0) {
        page.add(new StoredDocument(document, readable(at.value())));
        taken++;
      }
    }
  }

  @Override
  public void forEach(BiConsumer<DocumentId, Optional<DocumentRecord>> visitor) {
    call(
        "walk over documents",
        () -> {
          try (RocksIterator at = db.newIterator(records, readOptions)) {
            for (at.seekToFirst(); at.isValid(); at.next()) {
              visitor.accept(documentOf(at.key()), readable(at.value()));
            }
            at.status();
          }
          return true;
        });
  }

  private static Optional<DocumentRecord> readable(byte[] record) {
    try {
      return Optional.of(DocumentRecord.decode(record));
    } catch (StorageException e) {
      return Optional.empty();
    }
  }

  @Override
  public void write(List<StoreOperation> operations) {
    call(
        "write",
        () -> {
          try (var batch = new WriteBatch()) {
            for (StoreOperation operation : operations) {
              add(batch, operation);
            }
            db.write(synced, batch);
          }
          return true;
        });
  }

  private void add(WriteBatch batch, StoreOperation operation) throws RocksDBException {
    DocumentId document = operation.document();
    switch (operation) {
      case StoreOperation.PutRecord put -> batch.put(records, key(document), put.record().encode());
      case StoreOperation.PutSnapshot put -> batch.put(snapshots, key(document), put.chunks());
      case StoreOperation.AppendLog append ->
          batch.put(log, logKey(document, append.sequence()), append.chunks());
      case StoreOperation.RemoveLog remove -> {
        for (long sequence = remove.from(); sequence < remove.to(); sequence++) {
          batch.delete(log, logKey(document, sequence));
        }
      }
      case StoreOperation.PutSyncState put ->
          batch.put(syncStates, syncKey(document, put.storageId()), put.state());
      case StoreOperation.Bury bury -> {
        batch.delete(records, key(document));
        batch.delete(snapshots, key(document));
        batch.deleteRange(log, key(document), keyAfter(document));
        batch.deleteRange(syncStates, key(document), keyAfter(document));
        batch.put(
            tombstones,
            key(document),
            ByteBuffer.allocate(Long.BYTES).putLong(bury.timeMillis()).array());
      }
      case StoreOperation.Exhume exhume -> batch.delete(tombstones, key(exhume.document()));
    }
  }

  @Override
  public long usableBytes() {
    // Not Files.getFileStore, which reads the table of mounts each time.
    return directory.toFile().getUsableSpace();
  }

  @Override
  public void probe() {
    call(
        "read the storage id",
        () -> {
          if (db.get(facts, STORAGE_ID_KEY) == null) {
            throw new StorageException(StorageException.Kind.DAMAGED, "The storage id is gone");
          }
          return true;
        });
  }

  @Override
  public void close() {
    Lock exclusive = lifecycle.writeLock();
    exclusive.lock();
    try {
      if (isClosed) {
        return;
      }
      isClosed = true;
      synced.close();
      readOptions.close();
      handles.forEach(ColumnFamilyHandle::close);
      try {
        db.closeE();
      } catch (RocksDBException e) {
        throw failure("close", e);
      } finally {
        release(resources, lockFile);
      }
    } finally {
      exclusive.unlock();
    }
  }

  private interface Call<T> {
    T run() throws RocksDBException;
  }

  private <T> T call(String action, Call<T> call) {
    Lock shared = lifecycle.readLock();
    shared.lock();
    try {
      if (isClosed) {
        throw new StorageException(StorageException.Kind.CLOSED, "Cannot " + action + ": closed");
      }
      return call.run();
    } catch (RocksDBException e) {
      throw failure(action, e);
    } finally {
      shared.unlock();
    }
  }

  private static StorageException failure(String action, RocksDBException e) {
    Status status = e.getStatus();
    String message = "RocksDB could not " + action + ": " + e.getMessage();
    if (status == null) {
      return new StorageException(StorageException.Kind.IO, message, e);
    }
    StorageException.Kind kind =
        switch (status.getCode()) {
          case Corruption -> StorageException.Kind.DAMAGED;
          case IOError ->
              status.getSubCode() == Status.SubCode.NoSpace || isNoSpace(e)
                  ? StorageException.Kind.DISK_FULL
                  : StorageException.Kind.IO;
          default -> StorageException.Kind.IO;
        };
    return new StorageException(kind, message, e);
  }

  private static boolean isNoSpace(RocksDBException e) {
    return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("no space left");
  }

  private static byte[] key(DocumentId document) {
    byte[] id = document.toArray();
    byte[] key = new byte[1 + id.length];
    key[0] = (byte) id.length;
    System.arraycopy(id, 0, key, 1, id.length);
    return key;
  }

  /** The first key after all that begin with the document's key. */
  private static byte[] keyAfter(DocumentId document) {
    byte[] key = key(document);
    int at = key.length - 1;
    while (key[at] == (byte) 0xff) {
      at--;
    }
    byte[] after = Arrays.copyOf(key, at + 1);
    after[at]++;
    return after;
  }

  private static byte[] logKey(DocumentId document, long sequence) {
    byte[] key = key(document);
    return ByteBuffer.allocate(key.length + Long.BYTES).put(key).putLong(sequence).array();
  }

  private static byte[] syncKey(DocumentId document, String peerStorageId) {
    byte[] key = key(document);
    byte[] name = peerStorageId.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(key.length + name.length).put(key).put(name).array();
  }

  private static DocumentId documentOf(byte[] key) {
    return DocumentId.of(Arrays.copyOfRange(key, 1, 1 + key[0]));
  }
}
