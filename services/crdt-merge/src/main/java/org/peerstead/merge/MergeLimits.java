package org.peerstead.merge;

import java.time.Duration;

/**
 * What the service allows itself and its peers.
 *
 * @param maxOpenBytes memory for documents held open, as estimated by the engine
 * @param maxMessageBytes largest sync message or import
 * @param maxDocumentBytes largest document, snapshot and log as stored
 * @param maxStoredBytes all documents as stored
 * @param minFreeBytes free disk space below which nothing new is taken
 * @param maxDocumentsPerSession how many documents one session may use
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
          10_000,
          8 << 10,
          Duration.ofMillis(50));
}
