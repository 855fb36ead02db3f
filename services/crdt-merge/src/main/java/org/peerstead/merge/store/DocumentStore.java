package org.peerstead.merge.store;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import org.peerstead.events.DocumentId;

/**
 * Durable storage of documents. Thread-safe; every method may block and may throw {@link
 * StorageException}.
 */
public interface DocumentStore extends AutoCloseable {

  /** The automerge-repo storage id of this store, a UUID made when it was created. */
  String storageId();

  /** What is known of a document, empty when it is not stored. */
  Optional<DocumentRecord> record(DocumentId document);

  /** Snapshot, if any, and log entries in order, as {@code record} describes them. */
  List<byte[]> chunks(DocumentId document, DocumentRecord record);

  /** The sync state last stored for a peer's storage. */
  Optional<byte[]> syncState(DocumentId document, String storageId);

  /** When the document was deleted, milliseconds since 1970; empty when it was not. */
  OptionalLong tombstone(DocumentId document);

  /** How many tombstones there are; walks over them. */
  long countTombstones();

  /** Up to {@code limit} documents with ids above {@code after}, ascending. */
  List<StoredDocument> list(Optional<DocumentId> after, int limit);

  /**
   * Walks over all documents without loading them; a record that cannot be read is passed as empty.
   */
  void forEach(BiConsumer<DocumentId, Optional<DocumentRecord>> visitor);

  /**
   * Writes all or nothing, in order; durable when it returns. After a failure it is unknown whether
   * the write will be found after a restart.
   */
  void write(List<StoreOperation> operations);

  /**
   * Bytes that the file system can still take, or {@code Long.MAX_VALUE} when that means nothing.
   */
  long usableBytes();

  /** Does a read that touches the store. */
  void probe();

  /** Waits for calls under way, then releases everything; later calls throw. */
  @Override
  void close();

  /** A document and what is known of it, empty when that cannot be read. */
  record StoredDocument(DocumentId document, Optional<DocumentRecord> record) {}
}
