package org.peerstead.merge;

import java.time.Duration;
import org.peerstead.crdt.DocumentOptions;

/**
 * What the service allows itself and its peers.
 *
 * @param maxOpenBytes memory for documents held open, as estimated by the engine
 * @param maxMessageBytes largest sync message or import
 * @param maxDocumentBytes largest document, snapshot and log as stored
 * @param maxStoredBytes all documents as stored
 * @param minFreeBytes free disk space below which nothing new is taken
 * @param maxDocumentsPerSession how many documents one session may use
 * @param maxDocumentOps largest document in operations, deletes included; each takes about 60 bytes
 *     of memory while the document is open
 * @param maxOrphans how many changes of a document may wait for their dependencies
 * @param minLogBytes a log shorter than this is not made into a snapshot
 * @param holdChanges how long changes wait for a session that has not answered the previous message
 */
public record MergeLimits(
    long maxOpenBytes,
    int maxMessageBytes,
    long maxDocumentBytes,
    long maxStoredBytes,
    long minFreeBytes,
    int maxDocumentsPerSession,
    int maxDocumentOps,
    int maxOrphans,
    long minLogBytes,
    Duration holdChanges) {

  /** The defaults of the configuration. */
  public static final MergeLimits DEFAULT =
      new MergeLimits(
          64L << 20,
          64 << 20,
          256L << 20,
          Long.MAX_VALUE,
          64L << 20,
          100_000,
          DocumentOptions.DEFAULT.maxOperations(),
          10_000,
          8 << 10,
          Duration.ofMillis(50));

  /** What the engine may spend on the bytes of one document. */
  DocumentOptions documentOptions() {
    return DocumentOptions.DEFAULT
        .withMaxOperations(maxDocumentOps)
        .withMaxQueued(DocumentOptions.DEFAULT.maxQueuedChanges(), maxDocumentBytes);
  }
}
