package org.peerstead.merge;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.peerstead.events.DocumentId;
import org.peerstead.merge.store.DocumentStore;
import org.peerstead.merge.store.StorageException;

/**
 * Counts what is stored and says when nothing new can be taken: the limit is reached, the disk is
 * nearly full, or a write has just failed. Reads are never refused. Thread-safe.
 */
final class StoreCapacity {
  private static final Duration FREE_SPACE_INTERVAL = Duration.ofSeconds(1);

  /** After a failed write, how long until the next one may try. */
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private final DocumentStore store;
  private final long maxStoredBytes;
  private final long minFreeBytes;
  private final InstantSource clock;
  private final AtomicLong documents = new AtomicLong();
  private final AtomicLong storedBytes = new AtomicLong();
  private final AtomicLong tombstones = new AtomicLong();
  private final Set<DocumentId> damaged = ConcurrentHashMap.newKeySet();

  private record FreeSpace(Instant measuredAt, long bytes) {}

  private record Failure(Instant retryAt, String reason) {}

  private volatile FreeSpace freeSpace = new FreeSpace(Instant.MIN, Long.MAX_VALUE);
  private volatile @Nullable Failure failure;

  StoreCapacity(DocumentStore store, long maxStoredBytes, long minFreeBytes, InstantSource clock) {
    this.store = store;
    this.maxStoredBytes = maxStoredBytes;
    this.minFreeBytes = minFreeBytes;
    this.clock = clock;
    store.forEach((document, record) -> {
      documents.incrementAndGet();
      if (record.isPresent()) {
        storedBytes.addAndGet(record.get().storedBytes());
      } else {
        damaged.add(document);
      }
    });
    tombstones.set(store.countTombstones());
  }

  void documentsChanged(long added, long addedBytes) {
    documents.addAndGet(added);
    storedBytes.addAndGet(addedBytes);
  }

  void tombstonesChanged(long added) {
    tombstones.addAndGet(added);
  }

  void foundDamaged(DocumentId document) {
    damaged.add(document);
  }

  void repairedDamaged(DocumentId document) {
    damaged.remove(document);
  }

  long documents() {
    return documents.get();
  }

  long storedBytes() {
    return storedBytes.get();
  }

  long maxStoredBytes() {
    return maxStoredBytes;
  }

  long tombstones() {
    return tombstones.get();
  }

  long damaged() {
    return damaged.size();
  }

  /** A write has failed: nothing new for a while. */
  void writeFailed(StorageException cause) {
    String reason =
        cause.kind() == StorageException.Kind.DISK_FULL
            ? "The disk is full: free some space"
            : "The store cannot be written: " + cause.getMessage();
    failure = new Failure(clock.instant().plus(RETRY_AFTER), reason);
  }

  void writeSucceeded() {
    if (failure != null) {
      failure = null;
    }
  }

  /** Why {@code moreBytes} cannot be taken now; empty when they can. */
  Optional<String> refusal(long moreBytes) {
    Failure failed = failure;
    if (failed != null && clock.instant().isBefore(failed.retryAt())) {
      return Optional.of(failed.reason());
    }
    if (storedBytes.get() + moreBytes > maxStoredBytes) {
      return Optional.of(
          "The store holds "
              + storedBytes.get()
              + " of at most "
              + maxStoredBytes
              + " bytes: delete documents or raise the limit");
    }
    long free = usableBytes();
    if (free - moreBytes < minFreeBytes) {
      return Optional.of(
          "The disk has "
              + free
              + " bytes left, "
              + minFreeBytes
              + " are kept free: free some space");
    }
    return Optional.empty();
  }

  private long usableBytes() {
    Instant now = clock.instant();
    FreeSpace known = freeSpace;
    if (known.measuredAt().equals(Instant.MIN)
        || !now.isBefore(known.measuredAt().plus(FREE_SPACE_INTERVAL))) {
      known = new FreeSpace(now, store.usableBytes());
      freeSpace = known;
    }
    return known.bytes();
  }
}
