package org.peerstead.events;

import java.util.List;
import java.util.Optional;

/**
 * Reads logs from their owner: the claim check of {@link CoreAppended}. In the all-in-one node the
 * calls go straight to the owning service.
 *
 * <p>Thread-safe. Calls block on storage: call from a virtual or worker thread.
 */
public interface LogReader {
  /**
   * Blocks of a log as stored.
   *
   * @param core which log
   * @param from first block wanted, at least 0
   * @param to behind the last block wanted; beyond the end of the log means up to its end
   * @param maxBytes stop before the sum exceeds this, but return at least one block
   * @return empty when there is no such log
   */
  Optional<BlockRange> read(CoreKey core, long from, long to, int maxBytes);

  /**
   * Blocks that follow each other. The range ends before the first block that is not here.
   *
   * @param fork the fork they belong to
   * @param length blocks of the whole log
   * @param from index of the first block
   * @param blocks as stored; empty when the first one is not here
   */
  record BlockRange(long fork, long length, long from, List<Bytes> blocks) {
    public BlockRange {
      blocks = List.copyOf(blocks);
    }
  }
}
