package org.peerstead.merge.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.peerstead.events.DocumentId;

/** Keeps documents in memory, for tests and for trials that should leave nothing behind. */
public final class InMemoryDocumentStore implements DocumentStore {
  private final String storageId;
  private final TreeMap<DocumentId, Entry> entries = new TreeMap<>();
  private final Map<DocumentId, Long> tombstones = new HashMap<>();

  /** An empty store that calls itself {@code storageId}. */
  public InMemoryDocumentStore(String storageId) {
    this.storageId = storageId;
  }

  private static final class Entry {
    private Optional<DocumentRecord> record = Optional.empty();
    private Optional<byte[]> snapshot = Optional.empty();
    private final TreeMap<Long, byte[]> log = new TreeMap<>();
    private final Map<String, byte[]> syncStates = new HashMap<>();
  }

  @Override
  public String storageId() {
    return storageId;
  }

  @Override
  public synchronized Optional<DocumentRecord> record(DocumentId document) {
    return Optional.ofNullable(entries.get(document)).flatMap(entry -> entry.record);
  }

  @Override
  public synchronized List<byte[]> chunks(DocumentId document, DocumentRecord record) {
    Entry entry = entries.get(document);
    var chunks = new ArrayList<byte[]>();
    if (entry != null) {
      entry.snapshot.ifPresent(chunks::add);
      chunks.addAll(entry.log.subMap(record.logFrom(), record.logTo()).values());
    }
    return chunks;
  }

  @Override
  public synchronized Optional<byte[]> syncState(DocumentId document, String peerStorageId) {
    return Optional.ofNullable(entries.get(document))
        .flatMap(entry -> Optional.ofNullable(entry.syncStates.get(peerStorageId)));
  }

  @Override
  public synchronized OptionalLong tombstone(DocumentId document) {
    Long time = tombstones.get(document);
    return time == null ? OptionalLong.empty() : OptionalLong.of(time);
  }

  @Override
  public synchronized long countTombstones() {
    return tombstones.size();
  }

  @Override
  public synchronized List<StoredDocument> list(Optional<DocumentId> after, int limit) {
    var tail = after.isPresent() ? entries.tailMap(after.get(), false) : entries;
    var page = new ArrayList<StoredDocument>();
    for (Map.Entry<DocumentId, Entry> entry : tail.entrySet()) {
      if (page.size() == limit) {
        break;
      }
      if (entry.getValue().record.isPresent()) {
        page.add(new StoredDocument(entry.getKey(), entry.getValue().record));
      }
    }
    return page;
  }

  @Override
  public synchronized void forEach(BiConsumer<DocumentId, Optional<DocumentRecord>> visitor) {
    entries.forEach((id, entry) -> {
      if (entry.record.isPresent()) {
        visitor.accept(id, entry.record);
      }
    });
  }

  @Override
  public synchronized void write(List<StoreOperation> operations) {
    for (StoreOperation operation : operations) {
      apply(operation);
    }
  }

  private void apply(StoreOperation operation) {
    DocumentId document = operation.document();
    switch (operation) {
      case StoreOperation.PutRecord put -> entry(document).record = Optional.of(put.record());
      case StoreOperation.PutSnapshot put -> entry(document).snapshot = Optional.of(put.chunks());
      case StoreOperation.AppendLog append ->
          entry(document).log.put(append.sequence(), append.chunks());
      case StoreOperation.RemoveLog remove ->
          entry(document).log.subMap(remove.from(), remove.to()).clear();
      case StoreOperation.PutSyncState put ->
          entry(document).syncStates.put(put.storageId(), put.state());
      case StoreOperation.Bury bury -> {
        entries.remove(document);
        tombstones.put(document, bury.timeMillis());
      }
      case StoreOperation.Exhume exhume -> tombstones.remove(exhume.document());
    }
  }

  private Entry entry(DocumentId document) {
    return entries.computeIfAbsent(document, id -> new Entry());
  }

  @Override
  public long usableBytes() {
    return Long.MAX_VALUE;
  }

  @Override
  public void probe() {}

  @Override
  public void close() {}
}
