package org.peerstead.hypercore.store.rocksdb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.store.StorageException;
import org.rocksdb.Checkpoint;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompactRangeOptions.BottommostLevelCompaction;
import org.rocksdb.FlushOptions;
import org.rocksdb.MutableColumnFamilyOptions;
import org.rocksdb.Options;
import org.rocksdb.Range;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.SizeApproximationFlag;
import org.rocksdb.Slice;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * An open RocksDB: everything that enters native code, and nothing that knows what rows mean.
 * Thread-safe; calls after {@link #close} and calls that fail are a {@link StorageException}.
 *
 * <p>After a write or a sync that failed nobody can tell what is in the log, so all later writes
 * and syncs are refused until the directory is opened anew.
 */
final class Database implements AutoCloseable {
  /** A row at its turn. */
  @FunctionalInterface
  interface RowVisitor {
    /** Looks at a row; the arrays belong to the visitor. False ends the scan. */
    boolean row(byte[] key, byte[] value);
  }

  private static final String LOG_SUFFIX = ".log";

  private final Path directory;
  private final DirectoryLock directoryLock;
  private final DatabaseOptions options;
  private final RocksDB db;
  private final Map<Family, ColumnFamilyHandle> handles;
  private final int[] familyIds = new int[Family.values().length];
  private final WriteOptions unsynced = new WriteOptions();
  private final ReadOptions point = new ReadOptions();

  /** What was not checked must not be found in the cache by who takes it for checked. */
  private final ReadOptions unchecked =
      new ReadOptions().setVerifyChecksums(false).setFillCache(false);

  private final CompactRangeOptions compaction =
      new CompactRangeOptions().setExclusiveManualCompaction(false);
  private final CompactRangeOptions wholeCompaction =
      new CompactRangeOptions()
          .setExclusiveManualCompaction(false)
          .setBottommostLevelCompaction(BottommostLevelCompaction.kForceOptimized);
  private final AtomicLong commits = new AtomicLong();
  private volatile @Nullable StorageException failure;

  /** Shared by calls, exclusive for close: native objects must not be freed under a call. */
  private final ReadWriteLock lifecycle = new ReentrantReadWriteLock();

  private boolean isClosed;

  private Database(
      Path directory,
      DirectoryLock directoryLock,
      DatabaseOptions options,
      RocksDB db,
      List<ColumnFamilyHandle> handles) {
    this.directory = directory;
    this.directoryLock = directoryLock;
    this.options = options;
    this.db = db;
    this.handles = new EnumMap<>(Family.class);
    for (Family family : Family.values()) {
      ColumnFamilyHandle handle = handles.get(family.ordinal());
      this.handles.put(family, handle);
      familyIds[family.ordinal()] = handle.getID();
    }
  }

  /** Opens or creates the directory. */
  static Database open(Path directory, RocksCoreStoreConfig config) {
    RocksDB.loadLibrary();
    DirectoryLock lock = DirectoryLock.take(directory);
    DatabaseOptions options = new DatabaseOptions(config);
    try {
      refuseUnknownFamilies(directory);
      List<ColumnFamilyDescriptor> descriptors =
          Arrays.stream(Family.values()).map(options::descriptor).toList();
      List<ColumnFamilyHandle> handles = new ArrayList<>();
      RocksDB db = RocksDB.open(options.database(), directory.toString(), descriptors, handles);
      return new Database(directory, lock, options, db, handles);
    } catch (RocksDBException e) {
      options.close();
      lock.close();
      throw new StorageException("RocksDB could not open " + directory + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      options.close();
      lock.close();
      throw e;
    }
  }

  private static void refuseUnknownFamilies(Path directory) throws RocksDBException {
    if (!Files.exists(directory.resolve("CURRENT"))) {
      return;
    }
    Set<String> unknown = new HashSet<>();
    try (Options plain = new Options()) {
      for (byte[] label : RocksDB.listColumnFamilies(plain, directory.toString())) {
        unknown.add(new String(label, StandardCharsets.UTF_8));
      }
    }
    for (Family family : Family.values()) {
      unknown.remove(family.label());
    }
    if (!unknown.isEmpty()) {
      throw new StorageException(
          directory + " was written by a newer version: column families " + unknown);
    }
  }

  /** The number by which a batch names a family. */
  int id(Family family) {
    return familyIds[family.ordinal()];
  }

  /** The value of a key, or null. */
  byte @Nullable [] get(Family family, RowKey key) {
    return call("read", () -> db.get(handle(family), point, key.bytes(), 0, key.length()));
  }

  /** As {@link #get(Family, RowKey)}, but what is read may be damaged. */
  byte @Nullable [] getUnchecked(Family family, RowKey key) {
    return call("read", () -> db.get(handle(family), unchecked, key.bytes(), 0, key.length()));
  }

  /** Reads a value into {@code target}: its length, which may be larger, or -1. */
  int get(Family family, RowKey key, byte[] target) {
    Lock shared = enter("read");
    try {
      return db.get(handle(family), point, key.bytes(), 0, key.length(), target, 0, target.length);
    } catch (RocksDBException e) {
      throw failed("read", e);
    } finally {
      shared.unlock();
    }
  }

  /** Visits the rows with from <= key < to in order, as they were when the scan began. */
  void scan(Family family, byte[] from, byte[] to, RowVisitor visitor) {
    call(
        "scan",
        () -> {
          try (var end = new Slice(to);
              var bounded = new ReadOptions().setIterateUpperBound(end);
              RocksIterator at = db.newIterator(handle(family), bounded)) {
            for (at.seek(from); at.isValid(); at.next()) {
              if (!visitor.row(at.key(), at.value())) {
                return true;
              }
            }
            at.status();
            return true;
          }
        });
  }

  /** Writes a {@link SerializedBatch#finish finished} batch; it is readable on return. */
  void write(byte[] batch) {
    write(batch, null);
  }

  /** Writes a finished batch and large blocks behind it, all or nothing. */
  void write(byte[] batch, @Nullable LargeBlocks large) {
    Lock shared = enter("write");
    try (var nativeBatch = new WriteBatch(batch)) {
      refuseAfterFailure();
      if (large != null) {
        large.putInto(nativeBatch, handle(Family.BLOCKS));
      }
      db.write(unsynced, nativeBatch);
      commits.incrementAndGet();
    } catch (RocksDBException e) {
      throw fail("write", e);
    } finally {
      shared.unlock();
    }
  }

  /** Batches written so far. */
  long commits() {
    return commits.get();
  }

  /** Puts on disk what was written before. */
  void syncLog() {
    Lock shared = enter("sync");
    try {
      refuseAfterFailure();
      db.syncWal();
    } catch (RocksDBException e) {
      throw fail("sync", e);
    } finally {
      shared.unlock();
    }
  }

  /** Why writes are refused, or null as long as they are not. */
  @Nullable StorageException failure() {
    return failure;
  }

  /** Bytes of the write-ahead log. */
  long logBytes() {
    return fileBytes(LOG_SUFFIX);
  }

  /** Bytes of all files. */
  long diskBytes() {
    return fileBytes("");
  }

  /** Writes the memtables to files, so that the log is not needed any more. */
  void flush() {
    call(
        "flush",
        () -> {
          flushAll();
          return true;
        });
  }

  private void flushAll() throws RocksDBException {
    try (var wait = new FlushOptions().setWaitForFlush(true).setAllowWriteStall(true)) {
      db.flush(wait, List.copyOf(handles.values()));
    }
  }

  /** About how many bytes the rows with from <= key < to take, without those in blob files. */
  long approximateBytes(Family family, byte[] from, byte[] to) {
    return call(
        "estimate",
        () -> {
          try (var first = new Slice(from);
              var last = new Slice(to)) {
            return Arrays.stream(
                    db.getApproximateSizes(
                        handle(family),
                        List.of(new Range(first, last)),
                        SizeApproximationFlag.INCLUDE_FILES,
                        SizeApproximationFlag.INCLUDE_MEMTABLES))
                .sum();
          }
        });
  }

  /** A number that RocksDB knows of a family. */
  long property(Family family, String name) {
    return call("read " + name, () -> db.getLongProperty(handle(family), name));
  }

  /** Rewrites the rows with from <= key < to without what was deleted; slow. */
  void compact(Family family, byte[] from, byte[] to) {
    call(
        "compact",
        () -> {
          db.compactRange(handle(family), from, to, compaction);
          return true;
        });
  }

  /**
   * Rewrites all rows of a family, and moves what lives in its blob files to new ones; slow.
   *
   * @param usualAgeCutoff share of the blob files, oldest first, that other compactions clean
   */
  void collectBlobs(Family family, double usualAgeCutoff) {
    call(
        "collect garbage",
        () -> {
          setBlobAgeCutoff(family, 1);
          try {
            db.compactRange(handle(family), null, null, wholeCompaction);
          } finally {
            setBlobAgeCutoff(family, usualAgeCutoff);
          }
          return true;
        });
  }

  private void setBlobAgeCutoff(Family family, double share) throws RocksDBException {
    db.setOptions(
        handle(family),
        MutableColumnFamilyOptions.builder().setBlobGarbageCollectionAgeCutoff(share).build());
  }

  /** A consistent copy, which shares the files that never change. */
  void checkpoint(Path target) throws IOException {
    Lock shared = enter("copy");
    try (Checkpoint checkpoint = Checkpoint.create(db)) {
      checkpoint.createCheckpoint(target.toString());
    } catch (RocksDBException e) {
      throw new IOException("RocksDB could not copy the store to " + target, e);
    } finally {
      shared.unlock();
    }
  }

  private long fileBytes(String suffix) {
    try (Stream<Path> files = Files.list(directory)) {
      long sum = 0;
      for (Path file : (Iterable<Path>) files::iterator) {
        if (file.toString().endsWith(suffix)) {
          sum += sizeOf(file);
        }
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

  private ColumnFamilyHandle handle(Family family) {
    ColumnFamilyHandle handle = handles.get(family);
    if (handle == null) {
      throw new IllegalStateException("no family " + family);
    }
    return handle;
  }

  /** Ends a compaction that is under way, so that {@link #close} need not wait for it. */
  void cancelCompaction() {
    Lock shared = lifecycle.readLock();
    shared.lock();
    try {
      if (!isClosed) {
        compaction.setCanceled(true);
        wholeCompaction.setCanceled(true);
      }
    } finally {
      shared.unlock();
    }
  }

  /** Writes what is in memory to files, so that the next start has no log to read; then closes. */
  @Override
  public void close() {
    Lock exclusive = lifecycle.writeLock();
    exclusive.lock();
    try {
      if (isClosed) {
        return;
      }
      isClosed = true;
      try {
        if (failure == null) {
          flushAll();
        }
      } catch (RocksDBException e) {
        throw new StorageException("RocksDB could not flush " + directory, e);
      } finally {
        release();
      }
    } finally {
      exclusive.unlock();
    }
  }

  private void release() {
    compaction.close();
    wholeCompaction.close();
    unsynced.close();
    point.close();
    unchecked.close();
    handles.values().forEach(ColumnFamilyHandle::close);
    try {
      db.closeE();
    } catch (RocksDBException e) {
      throw new StorageException("RocksDB could not close " + directory, e);
    } finally {
      options.close();
      directoryLock.close();
    }
  }

  @FunctionalInterface
  private interface Call<T extends @Nullable Object> {
    T run() throws RocksDBException;
  }

  private <T extends @Nullable Object> T call(String action, Call<T> call) {
    Lock shared = enter(action);
    try {
      return call.run();
    } catch (RocksDBException e) {
      throw failed(action, e);
    } finally {
      shared.unlock();
    }
  }

  private Lock enter(String action) {
    Lock shared = lifecycle.readLock();
    shared.lock();
    if (isClosed) {
      shared.unlock();
      throw new StorageException("Cannot " + action + ": the store is closed");
    }
    return shared;
  }

  private void refuseAfterFailure() {
    StorageException earlier = failure;
    if (earlier != null) {
      throw new StorageException("Refused after an earlier failure of the disk", earlier);
    }
  }

  private StorageException fail(String action, RocksDBException cause) {
    StorageException failed = failed(action, cause);
    failure = failed;
    return failed;
  }

  private StorageException failed(String action, RocksDBException cause) {
    return new StorageException(
        "RocksDB could not " + action + " in " + directory + ": " + cause.getMessage(), cause);
  }
}
