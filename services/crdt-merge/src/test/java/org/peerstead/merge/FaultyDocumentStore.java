package org.peerstead.merge;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import org.peerstead.events.DocumentId;
import org.peerstead.merge.store.DocumentRecord;
import org.peerstead.merge.store.DocumentStore;
import org.peerstead.merge.store.InMemoryDocumentStore;
import org.peerstead.merge.store.StorageException;
import org.peerstead.merge.store.StoreOperation;

/**
 * An in-memory store whose writes fail, whose reads lie or whose disk is full when a test says so.
 */
class FaultyDocumentStore implements DocumentStore {
  private final InMemoryDocumentStore store = new InMemoryDocumentStore("test-storage");
  private long writes;
  private long failFrom = Long.MAX_VALUE;
  private boolean isAppliedBeforeFailing;
  private long usableBytes = Long.MAX_VALUE;
  private StorageException.Kind readFailure;
  private boolean isDamaging;

  /** The {@code n}-th write from now, counted from 1, and all after it fail. */
  synchronized void failWritesFrom(long n) {
    failFrom = writes + n;
  }

  /** A failing write takes effect nevertheless, as after a crash between write and answer. */
  synchronized void applyBeforeFailing() {
    isAppliedBeforeFailing = true;
  }

  synchronized void heal() {
    failFrom = Long.MAX_VALUE;
    isAppliedBeforeFailing = false;
    readFailure = null;
    isDamaging = false;
    usableBytes = Long.MAX_VALUE;
  }

  synchronized void failReads(StorageException.Kind kind) {
    readFailure = kind;
  }

  /** From now on the last byte of every chunk is another one. */
  synchronized void damageChunks() {
    isDamaging = true;
  }

  synchronized void setUsableBytes(long bytes) {
    usableBytes = bytes;
  }

  synchronized long writes() {
    return writes;
  }

  @Override
  public String storageId() {
    return store.storageId();
  }

  @Override
  public synchronized Optional<DocumentRecord> record(DocumentId document) {
    failWhenAsked();
    return store.record(document);
  }

  @Override
  public synchronized List<byte[]> chunks(DocumentId document, DocumentRecord record) {
    failWhenAsked();
    List<byte[]> chunks = store.chunks(document, record).stream().map(byte[]::clone).toList();
    if (isDamaging) {
      for (byte[] chunk : chunks) {
        chunk[chunk.length - 1] ^= 1;
      }
    }
    return chunks;
  }

  private void failWhenAsked() {
    if (readFailure != null) {
      throw new StorageException(readFailure, "The test wants it so");
    }
  }

  @Override
  public synchronized Optional<byte[]> syncState(DocumentId document, String storageId) {
    return store.syncState(document, storageId);
  }

  @Override
  public synchronized OptionalLong tombstone(DocumentId document) {
    return store.tombstone(document);
  }

  @Override
  public synchronized long countTombstones() {
    return store.countTombstones();
  }

  @Override
  public synchronized List<StoredDocument> list(Optional<DocumentId> after, int limit) {
    return store.list(after, limit);
  }

  @Override
  public synchronized void forEach(BiConsumer<DocumentId, Optional<DocumentRecord>> visitor) {
    store.forEach(visitor);
  }

  @Override
  public synchronized void write(List<StoreOperation> operations) {
    writes++;
    if (writes >= failFrom) {
      if (isAppliedBeforeFailing) {
        store.write(operations);
      }
      throw new StorageException(StorageException.Kind.DISK_FULL, "The test's disk is full");
    }
    store.write(operations);
  }

  @Override
  public synchronized long usableBytes() {
    return usableBytes;
  }

  @Override
  public void probe() {}

  @Override
  public void close() {}
}
