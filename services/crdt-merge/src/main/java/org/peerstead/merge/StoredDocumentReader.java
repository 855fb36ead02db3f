package org.peerstead.merge;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.peerstead.crdt.ChangeGraph;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.events.Bytes;
import org.peerstead.events.DocumentId;
import org.peerstead.events.DocumentReader;
import org.peerstead.events.Hash32;
import org.peerstead.merge.store.DocumentRecord;
import org.peerstead.merge.store.DocumentStore.StoredDocument;
import org.peerstead.merge.store.StorageException;

/** Reads through the owners of documents; lists straight from the store. Thread-safe. */
public final class StoredDocumentReader implements DocumentReader {
  /** A read waits for the turns before it, at most this long. */
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** Changes tell seconds. */
  private static final long MILLIS_PER_SECOND = 1000;

  private final Documents documents;

  /** A reader of {@code documents}. */
  public StoredDocumentReader(Documents documents) {
    this.documents = documents;
  }

  @Override
  public DocumentPage list(Optional<DocumentId> after, int limit) {
    requirePage(limit);
    List<StoredDocument> stored = documents.store().list(after, limit + 1);
    boolean hasMore = stored.size() > limit;
    List<StoredDocument> page = hasMore ? stored.subList(0, limit) : stored;
    return new DocumentPage(
        page.stream().map(one -> summary(one.document(), one.record())).toList(),
        hasMore ? Optional.of(page.getLast().document()) : Optional.empty());
  }

  private static DocumentSummary summary(DocumentId document, Optional<DocumentRecord> record) {
    return record
        .map(known ->
            new DocumentSummary(
                document,
                known.storedBytes(),
                known.changes(),
                known.heads(),
                Instant.ofEpochMilli(known.createdMillis()),
                Instant.ofEpochMilli(known.changedMillis()),
                false))
        .orElseGet(() ->
            new DocumentSummary(document, 0, 0, List.of(), Instant.EPOCH, Instant.EPOCH, true));
  }

  @Override
  public ReadResult<DocumentSummary> summary(DocumentId document) {
    try {
      Optional<DocumentRecord> record = documents.store().record(document);
      if (record.isPresent()) {
        return new ReadResult.Found<>(summary(document, record));
      }
      return documents.store().tombstone(document).isPresent()
          ? new ReadResult.Deleted<>()
          : new ReadResult.Absent<>();
    } catch (StorageException e) {
      String reason = String.valueOf(e.getMessage());
      return e.kind() == StorageException.Kind.DAMAGED
          ? new ReadResult.Damaged<>(reason)
          : new ReadResult.Unavailable<>(reason);
    }
  }

  @Override
  public ReadResult<String> json(DocumentId document, List<Hash32> heads) {
    return read(
        document,
        at(
            heads,
            current ->
                heads.isEmpty()
                    ? current.now().toJson()
                    : current.at(Hashes.toEngine(heads)).toJson()));
  }

  @Override
  public ReadResult<Bytes> automerge(DocumentId document, List<Hash32> heads) {
    return read(
        document,
        at(
            heads,
            current ->
                Bytes.wrap(
                    heads.isEmpty()
                        ? current.save()
                        : current.forkAt(Hashes.toEngine(heads), documents.newActor()).save())));
  }

  @Override
  public ReadResult<HistoryPage> history(DocumentId document, long offset, int limit) {
    requirePage(limit);
    return read(
        document,
        current -> {
          ChangeGraph graph = current.graph();
          var entries = new ArrayList<ChangeEntry>();
          long end = Math.min(graph.size(), offset + limit);
          for (long row = Math.max(0, offset); row < end; row++) {
            entries.add(entry(graph, (int) row));
          }
          return new ReadResult.Found<>(new HistoryPage(entries, graph.size()));
        });
  }

  private static ChangeEntry entry(ChangeGraph graph, int row) {
    var dependencies = new ArrayList<Hash32>();
    for (int dependency : graph.dependencies(row)) {
      dependencies.add(Hashes.fromEngine(graph.hash(dependency)));
    }
    dependencies.sort(null);
    return new ChangeEntry(
        Hashes.fromEngine(graph.hash(row)),
        dependencies,
        graph.actor(row).toString(),
        graph.seq(row),
        millis(graph.time(row)),
        Optional.of(graph.message(row)).filter(message -> !message.isEmpty()),
        graph.opCount(row));
  }

  /** Authors may claim any time: one that does not fit is shown as the furthest that does. */
  private static long millis(long seconds) {
    long limit = Long.MAX_VALUE / MILLIS_PER_SECOND;
    return Math.clamp(seconds, -limit, limit) * MILLIS_PER_SECOND;
  }

  @Override
  public ReadResult<ChangeBatch> changesSince(
      DocumentId document, List<Hash32> have, int maxBytes) {
    return read(
        document,
        current -> {
          var changes = new ArrayList<Bytes>();
          long size = 0;
          for (ChangeHash hash : current.changesNotIn(Hashes.toEngine(have))) {
            byte[] change = current.changeBytes(hash);
            if (!changes.isEmpty() && size + change.length > maxBytes) {
              return new ReadResult.Found<>(new ChangeBatch(changes, false));
            }
            size += change.length;
            changes.add(Bytes.wrap(change));
          }
          return new ReadResult.Found<>(new ChangeBatch(changes, true));
        });
  }

  @Override
  public StoreStatus status() {
    StoreCapacity capacity = documents.capacity();
    return new StoreStatus(
        documents.store().storageId(),
        capacity.documents(),
        capacity.tombstones(),
        capacity.damaged(),
        capacity.storedBytes(),
        capacity.maxStoredBytes(),
        documents.openDocuments().count(),
        documents.openDocuments().totalBytes(),
        documents.sessions().total(),
        documents.refusesWrites());
  }

  private static void requirePage(int limit) {
    if (limit < 1 || limit > MAX_PAGE_SIZE) {
      throw new IllegalArgumentException("limit is " + limit + ", 1 to " + MAX_PAGE_SIZE);
    }
  }

  private static <T> Function<Document, ReadResult<T>> at(
      List<Hash32> heads, Function<Document, T> query) {
    return current -> {
      List<Hash32> unknown =
          heads.stream().filter(head -> current.graph().row(Hashes.toEngine(head)) < 0).toList();
      return unknown.isEmpty()
          ? new ReadResult.Found<>(query.apply(current))
          : new ReadResult.UnknownHeads<>(unknown);
    };
  }

  private <T> ReadResult<T> read(DocumentId document, Function<Document, ReadResult<T>> query) {
    CompletableFuture<ReadResult<T>> answer = documents.read(document, query);
    try {
      return answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return new ReadResult.Unavailable<>("The document is busy");
    } catch (ExecutionException e) {
      return new ReadResult.Unavailable<>(String.valueOf(e.getCause()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new ReadResult.Unavailable<>("Interrupted");
    }
  }
}
