package org.peerstead.merge;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.peerstead.merge.store.DocumentStore;
import org.peerstead.merge.store.StorageException;
import org.peerstead.merge.store.StoreOperation;

/**
 * Puts the writes of many documents into one synced write: while the disk works on one batch, the
 * next one gathers. A disk that syncs 100 times per second still takes thousands of commits per
 * second.
 *
 * <p>One thread writes, so the order of calls is the order of the store. The queue is bounded by
 * its callers: a document waits for its commit before the next one. Thread-safe.
 */
public final class GroupCommit implements Committer, AutoCloseable {
  /** A batch is written when it holds this many bytes, even if more writes wait. */
  private static final int MAX_BATCH_BYTES = 16 << 20;

  private record Write(List<StoreOperation> operations, CompletableFuture<Void> done) {
    int sizeBytes() {
      int size = 0;
      for (StoreOperation operation : operations) {
        size += operation.sizeBytes();
      }
      return size;
    }
  }

  private static final Write STOP = new Write(List.of(), new CompletableFuture<>());

  private final DocumentStore store;
  private final LongConsumer writeNanos;
  private final LinkedBlockingQueue<Write> queue = new LinkedBlockingQueue<>();
  private final Thread writer;
  private boolean isClosed;

  /**
   * Starts the writing thread.
   *
   * @param writeNanos told how long each synced write took
   */
  public GroupCommit(DocumentStore store, LongConsumer writeNanos) {
    this.store = store;
    this.writeNanos = writeNanos;
    this.writer = Thread.ofPlatform().name("peerstead-commit").daemon().start(this::run);
  }

  @Override
  public CompletableFuture<Void> commit(List<StoreOperation> operations) {
    var done = new CompletableFuture<Void>();
    synchronized (queue) {
      if (isClosed) {
        done.completeExceptionally(
            new StorageException(StorageException.Kind.CLOSED, "The store has been closed"));
      } else {
        queue.add(new Write(operations, done));
      }
    }
    return done;
  }

  private void run() {
    @Nullable Write first = next();
    while (first != null) {
      var batch = new ArrayList<Write>();
      Write following = gather(first, batch);
      write(batch);
      first = following == null ? next() : following == STOP ? null : following;
    }
  }

  /** Fills {@code batch}; returns a write that was taken but belongs to the next one. */
  private @Nullable Write gather(Write first, List<Write> batch) {
    batch.add(first);
    long size = first.sizeBytes();
    for (Write write = queue.poll(); write != null; write = queue.poll()) {
      size += write.sizeBytes();
      if (write == STOP || size > MAX_BATCH_BYTES) {
        return write;
      }
      batch.add(write);
    }
    return null;
  }

  private @Nullable Write next() {
    while (true) {
      try {
        Write write = queue.take();
        return write == STOP ? null : write;
      } catch (InterruptedException e) {
        // Only STOP ends this thread: what was accepted is written.
        continue;
      }
    }
  }

  private void write(List<Write> batch) {
    var operations = new ArrayList<StoreOperation>();
    batch.forEach(write -> operations.addAll(write.operations()));
    long started = System.nanoTime();
    try {
      store.write(operations);
    } catch (RuntimeException e) {
      batch.forEach(write -> write.done().completeExceptionally(e));
      return;
    }
    writeNanos.accept(System.nanoTime() - started);
    batch.forEach(write -> write.done().complete(null));
  }

  /** Writes what was accepted, then stops; does not close the store. */
  @Override
  public void close() {
    synchronized (queue) {
      if (isClosed) {
        return;
      }
      isClosed = true;
      queue.add(STOP);
    }
    try {
      writer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
