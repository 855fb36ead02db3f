package org.peerstead.events;

import java.util.List;

/**
 * A log gained blocks at its end, by its owner here or from a peer: verified, and durable before
 * this was sent. The blocks of a log that is kept sparsely may not be there all.
 *
 * @param core which log
 * @param fork the fork they belong to
 * @param from first new block
 * @param to behind the last new block
 * @param blocks the blocks as stored (encrypted ones stay so), or empty when one is missing or they
 *     exceed {@link Topics#MAX_INLINE_BYTES} or {@link #MAX_BLOCKS}: pull with {@link LogReader}
 */
public record CoreAppended(CoreKey core, long fork, long from, long to, List<Bytes> blocks)
    implements Event {

  /** Most blocks carried inline. */
  public static final int MAX_BLOCKS = 4096;

  public CoreAppended {
    blocks = List.copyOf(blocks);
    if (from < 0 || to <= from) {
      throw new IllegalArgumentException("blocks " + from + " to " + to);
    }
    if (!blocks.isEmpty() && blocks.size() != to - from) {
      throw new IllegalArgumentException(
          blocks.size() + " blocks for the range " + from + " to " + to);
    }
  }

  @Override
  public String topic() {
    return Topics.CORE_APPENDED;
  }

  @Override
  public String partitionKey() {
    return core.toString();
  }

  @Override
  public String idempotencyKey() {
    return core + "/" + fork + "/" + from + "-" + to;
  }
}
