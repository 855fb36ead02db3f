package org.peerstead.hypercore.store.rocksdb;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.peerstead.hypercore.store.StorageException;

/**
 * The one thread that puts the log on disk: calls that come while it is at work share its next
 * round. When nothing has been asked of it for a while, it has the memtables written to files, so
 * that a quiet store has no log on disk.
 */
final class Syncer implements AutoCloseable {
  /** How long nothing may be asked of it before it has the memtables written. */
  static final Duration QUIET = Duration.ofSeconds(5);

  /** Flushing a smaller log would cost more in small files than it frees. */
  private static final long MIN_FLUSHED_LOG_BYTES = 1 << 20;

  private final Database database;
  private final long quietNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Thread thread;
  private List<CompletableFuture<Void>> waiting = new ArrayList<>();
  private boolean isClosed;
  private volatile long syncedCommits;
  private volatile SyncStats stats = new SyncStats(0, 0);

  Syncer(Database database, Duration quiet) {
    this.database = database;
    this.quietNanos = quiet.toNanos();
    this.thread = Thread.ofPlatform().daemon().name("core-store-sync").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  CompletableFuture<Void> sync() {
    StorageException failure = database.failure();
    if (failure != null) {
      return CompletableFuture.failedFuture(failure);
    }
    if (syncedCommits >= database.commits()) {
      return CompletableFuture.completedFuture(null);
    }
    var done = new CompletableFuture<Void>();
    lock.lock();
    try {
      if (isClosed) {
        return CompletableFuture.failedFuture(closed());
      }
      waiting.add(done);
      changed.signal();
    } finally {
      lock.unlock();
    }
    return done;
  }

  SyncStats stats() {
    return stats;
  }

  private static StorageException closed() {
    return new StorageException("Cannot sync: the store is closed");
  }

  private void run() {
    // Whether commits came that no flush has covered: only then it pays to wake up by the clock.
    boolean mayFlush = false;
    while (true) {
      List<CompletableFuture<Void>> round;
      boolean isQuiet = false;
      lock.lock();
      try {
        while (waiting.isEmpty() && !isClosed && !isQuiet) {
          if (mayFlush) {
            isQuiet = changed.awaitNanos(quietNanos) <= 0;
          } else {
            changed.await();
          }
        }
        if (waiting.isEmpty() && isClosed) {
          return;
        }
        round = waiting;
        waiting = new ArrayList<>();
      } catch (InterruptedException e) {
        // Nobody interrupts this thread; ending it would leave callers waiting.
        continue;
      } finally {
        lock.unlock();
      }
      if (round.isEmpty()) {
        mayFlush = false;
        flushQuietly();
      } else {
        mayFlush = true;
        serve(round);
      }
    }
  }

  private void serve(List<CompletableFuture<Void>> round) {
    try {
      long commits = database.commits();
      long begin = System.nanoTime();
      database.syncLog();
      stats = new SyncStats(stats.rounds() + 1, stats.nanos() + System.nanoTime() - begin);
      syncedCommits = commits;
    } catch (StorageException e) {
      round.forEach(done -> done.completeExceptionally(e));
      return;
    }
    round.forEach(done -> done.complete(null));
  }

  private void flushQuietly() {
    try {
      if (database.failure() == null && database.logBytes() >= MIN_FLUSHED_LOG_BYTES) {
        database.flush();
      }
    } catch (StorageException e) {
      // What is in memory is in the log as well; the next write or sync meets the same failure and
      // tells its caller.
      return;
    }
  }

  /** Serves who is waiting, then ends the thread. */
  @Override
  public void close() {
    lock.lock();
    try {
      isClosed = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
    boolean isInterrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
