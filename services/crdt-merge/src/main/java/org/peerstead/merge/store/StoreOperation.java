package org.peerstead.merge.store;

import org.peerstead.events.DocumentId;

/** One step of an atomic write. Arrays are handed over: nobody writes to them afterwards. */
public sealed interface StoreOperation {
  /** Which document. */
  DocumentId document();

  /** How many bytes it brings, for bounding batches. */
  int sizeBytes();

  /** Replaces what is known of the document. */
  record PutRecord(DocumentId document, DocumentRecord record) implements StoreOperation {
    @Override
    public int sizeBytes() {
      return 64 + 32 * record.heads().size();
    }
  }

  /** Replaces the snapshot. */
  record PutSnapshot(DocumentId document, byte[] chunks) implements StoreOperation {
    @Override
    public int sizeBytes() {
      return chunks.length;
    }
  }

  /** Adds a log entry. */
  record AppendLog(DocumentId document, long sequence, byte[] chunks) implements StoreOperation {
    @Override
    public int sizeBytes() {
      return chunks.length;
    }
  }

  /** Removes the log entries from {@code from} up to but without {@code to}. */
  record RemoveLog(DocumentId document, long from, long to) implements StoreOperation {
    @Override
    public int sizeBytes() {
      return 64;
    }
  }

  /** Remembers the sync state shared with a peer's storage. */
  record PutSyncState(DocumentId document, String storageId, byte[] state)
      implements StoreOperation {
    @Override
    public int sizeBytes() {
      return state.length;
    }
  }

  /** Removes record, snapshot, log and sync states; a tombstone stays in their place. */
  record Bury(DocumentId document, long timeMillis) implements StoreOperation {
    @Override
    public int sizeBytes() {
      return 64;
    }
  }

  /** Removes the tombstone. */
  record Exhume(DocumentId document) implements StoreOperation {
    @Override
    public int sizeBytes() {
      return 64;
    }
  }
}
