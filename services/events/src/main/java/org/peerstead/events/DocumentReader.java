package org.peerstead.events;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Reads documents from their owner: the claim check of events that were too large, and the source
 * of every REST answer. In the all-in-one node the calls go straight to the owning service.
 *
 * <p>Thread-safe. Calls block on storage and on the document's queue: call from a virtual or worker
 * thread. Heads, where given, select a past state; an empty list means now.
 */
public interface DocumentReader {

  /** Largest page of {@link #list} and {@link #history}. */
  int MAX_PAGE_SIZE = 1000;

  /**
   * Documents in ascending order of id bytes.
   *
   * @param after the last document of the previous page, empty for the first page
   * @param limit 1 to {@link #MAX_PAGE_SIZE}
   */
  DocumentPage list(Optional<DocumentId> after, int limit);

  /** What {@link #list} tells, of one document. */
  ReadResult<DocumentSummary> summary(DocumentId document);

  /** The document as JSON text. */
  ReadResult<String> json(DocumentId document, List<Hash32> heads);

  /** The document as one Automerge file, with the changes up to {@code heads} only. */
  ReadResult<Bytes> automerge(DocumentId document, List<Hash32> heads);

  /**
   * The document's changes, oldest first.
   *
   * @param offset how many changes to skip
   * @param limit 1 to {@link #MAX_PAGE_SIZE}
   */
  ReadResult<HistoryPage> history(DocumentId document, long offset, int limit);

  /**
   * Raw change chunks that are not in the history of {@code have}, dependencies first; hashes the
   * document does not know are ignored.
   *
   * @param maxBytes stop before the sum exceeds this, but return at least one change
   */
  ReadResult<ChangeBatch> changesSince(DocumentId document, List<Hash32> have, int maxBytes);

  /** The state of the whole store. */
  StoreStatus status();

  /**
   * One page of documents.
   *
   * @param documents ascending by id
   * @param next pass it as {@code after} for the next page; empty on the last one
   */
  record DocumentPage(List<DocumentSummary> documents, Optional<DocumentId> next) {
    public DocumentPage {
      documents = List.copyOf(documents);
    }
  }

  /**
   * A stored document.
   *
   * @param document its id
   * @param storedBytes snapshot and log together, as stored
   * @param changes number of changes applied
   * @param heads its heads, ascending
   * @param createdAt when this store first had it
   * @param changedAt when this store last gained a change of it
   * @param isDamaged true when it could not be read back; nothing else is known of it then
   */
  record DocumentSummary(
      DocumentId document,
      long storedBytes,
      long changes,
      List<Hash32> heads,
      Instant createdAt,
      Instant changedAt,
      boolean isDamaged) {
    public DocumentSummary {
      heads = List.copyOf(heads);
    }
  }

  /**
   * One change of a document's history.
   *
   * @param hash its name
   * @param dependencies the changes it builds on, ascending
   * @param actor the author's actor id in hexadecimal
   * @param sequence counts the actor's changes from 1
   * @param timeMillis what the author's clock said, milliseconds since 1970; 0 when not told
   * @param message the author's words, may be empty
   * @param operations how many operations it holds
   */
  record ChangeEntry(
      Hash32 hash,
      List<Hash32> dependencies,
      String actor,
      long sequence,
      long timeMillis,
      Optional<String> message,
      long operations) {
    public ChangeEntry {
      dependencies = List.copyOf(dependencies);
    }
  }

  /**
   * A part of a history.
   *
   * @param changes dependencies first
   * @param total how many changes the document has
   */
  record HistoryPage(List<ChangeEntry> changes, long total) {
    public HistoryPage {
      changes = List.copyOf(changes);
    }
  }

  /**
   * Raw changes.
   *
   * @param changes one chunk each, dependencies first
   * @param isComplete false when {@code maxBytes} cut it short
   */
  record ChangeBatch(List<Bytes> changes, boolean isComplete) {
    public ChangeBatch {
      changes = List.copyOf(changes);
    }
  }

  /**
   * The state of the store.
   *
   * @param storageId the automerge-repo storage id of this store, a UUID made at its first start
   * @param documents how many documents are stored
   * @param tombstones how many deletions are remembered
   * @param damagedDocuments how many documents were found damaged since the start
   * @param storedBytes snapshots and logs of all documents
   * @param maxStoredBytes the limit of {@code storedBytes}
   * @param openDocuments how many documents are held in memory
   * @param openBytes the memory they are estimated to hold
   * @param activeSessions pairs of session and document that sync now
   * @param refusesWrites why nothing new is taken, empty in normal service
   */
  record StoreStatus(
      String storageId,
      long documents,
      long tombstones,
      long damagedDocuments,
      long storedBytes,
      long maxStoredBytes,
      long openDocuments,
      long openBytes,
      long activeSessions,
      Optional<String> refusesWrites) {}

  /** The answer to a read of one document. */
  sealed interface ReadResult<T> {
    /** Here it is. */
    record Found<T>(T value) implements ReadResult<T> {}

    /** There is no such document. */
    record Absent<T>() implements ReadResult<T> {}

    /** It was deleted here. */
    record Deleted<T>() implements ReadResult<T> {}

    /** Some of the heads asked for are not in the document. */
    record UnknownHeads<T>(List<Hash32> heads) implements ReadResult<T> {
      public UnknownHeads {
        heads = List.copyOf(heads);
      }
    }

    /** The stored document cannot be read back; {@code reason} is for the operator. */
    record Damaged<T>(String reason) implements ReadResult<T> {}

    /** The store cannot answer now: overload, an input/output error, or it is stopping. */
    record Unavailable<T>(String reason) implements ReadResult<T> {}
  }
}
