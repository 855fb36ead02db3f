package org.peerstead.hypercore.store.rocksdb;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.store.StorageException;

/**
 * Gives the space of deleted blocks back soon. RocksDB alone would do it when compactions happen to
 * come by, which for a range that is never written again may be never.
 *
 * <p>Small blocks: the files under a deleted range are compacted. Blocks in blob files: that lets
 * go of blob files with nothing alive in them; when too much of the others is garbage, all that
 * lives is moved out of them. One thread, which exists while there is something to do.
 */
final class SpaceReclaimer implements AutoCloseable {
  /** Ranges remembered at a time; beyond, RocksDB's own compactions have to do. */
  private static final int MAX_PENDING_CORES = 10_000;

  /** Deletions that come in a row are handled together. */
  private static final long DELAY_MILLIS = 1_000;

  /** Less is not worth a compaction; it adds up until it is. */
  private static final long MIN_RECLAIMED_BYTES = 1 << 20;

  /** Garbage that is tolerated in blob files: at least so much, and such a share of them. */
  private static final long MAX_BLOB_GARBAGE_BYTES = 16L << 20;

  private static final double MAX_BLOB_GARBAGE_SHARE = 0.25;

  private record Indexes(long from, long to) {
    Indexes with(Indexes other) {
      return new Indexes(Math.min(from, other.from), Math.max(to, other.to));
    }
  }

  private final Database database;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition closed = lock.newCondition();
  private final Map<Long, Indexes> pending = new LinkedHashMap<>();
  private @Nullable Thread thread;
  private boolean isClosed;

  SpaceReclaimer(Database database) {
    this.database = database;
  }

  /** Blocks that were deleted from a core. */
  void add(long coreId, long from, long to) {
    lock.lock();
    try {
      if (isClosed || (pending.size() >= MAX_PENDING_CORES && !pending.containsKey(coreId))) {
        return;
      }
      pending.merge(coreId, new Indexes(from, to), Indexes::with);
      if (thread == null) {
        thread = Thread.ofPlatform().daemon().name("core-store-reclaim").start(this::run);
      }
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    Map<Long, Indexes> small = new LinkedHashMap<>();
    while (true) {
      Map<Long, Indexes> round;
      lock.lock();
      try {
        long left = TimeUnit.MILLISECONDS.toNanos(DELAY_MILLIS);
        while (!isClosed && left > 0) {
          left = closed.awaitNanos(left);
        }
        if (isClosed || pending.isEmpty()) {
          small.forEach((core, indexes) -> pending.merge(core, indexes, Indexes::with));
          thread = null;
          return;
        }
        round = new LinkedHashMap<>(pending);
        pending.clear();
      } catch (InterruptedException e) {
        // Nobody interrupts this thread.
        continue;
      } finally {
        lock.unlock();
      }
      try {
        reclaim(round, small);
      } catch (StorageException e) {
        // Space is not given back; whoever writes next meets the failure and tells its caller.
        continue;
      }
    }
  }

  private void reclaim(Map<Long, Indexes> round, Map<Long, Indexes> small) {
    double blobFactor = blobFactor();
    for (Map.Entry<Long, Indexes> each : round.entrySet()) {
      byte[] from = RowKey.of(each.getKey(), each.getValue().from()).toByteArray();
      byte[] to = RowKey.of(each.getKey(), each.getValue().to()).toByteArray();
      long bytes = database.approximateBytes(Family.BLOCKS, from, to);
      if (bytes * blobFactor < MIN_RECLAIMED_BYTES) {
        small.merge(each.getKey(), each.getValue(), Indexes::with);
      } else {
        database.compact(Family.BLOCKS, from, to);
      }
    }
    collectBlobs();
  }

  /** Bytes of blocks, blobs included, for each byte that is not in blob files. */
  private double blobFactor() {
    long rows = database.property(Family.BLOCKS, "rocksdb.live-sst-files-size");
    long blobs = database.property(Family.BLOCKS, "rocksdb.live-blob-file-size");
    return 1 + (double) blobs / Math.max(1, rows);
  }

  private void collectBlobs() {
    long garbage = database.property(Family.BLOCKS, "rocksdb.live-blob-file-garbage-size");
    long all = database.property(Family.BLOCKS, "rocksdb.live-blob-file-size");
    if (garbage >= MAX_BLOB_GARBAGE_BYTES && garbage >= MAX_BLOB_GARBAGE_SHARE * all) {
      database.collectBlobs(Family.BLOCKS, DatabaseOptions.BLOB_AGE_CUTOFF);
    }
  }

  /** Ends what is under way; what is left is not remembered. */
  @Override
  public void close() {
    Thread running;
    lock.lock();
    try {
      isClosed = true;
      pending.clear();
      closed.signal();
      running = thread;
    } finally {
      lock.unlock();
    }
    if (running == null) {
      return;
    }
    database.cancelCompaction();
    boolean isInterrupted = false;
    while (running.isAlive()) {
      try {
        running.join();
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
