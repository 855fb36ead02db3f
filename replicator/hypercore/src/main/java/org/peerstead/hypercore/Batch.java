package org.peerstead.hypercore;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.peerstead.securestream.encoding.Slice;

/**
 * Blocks that are added to a core together, or not at all when somebody else was first. Not
 * thread-safe; used once.
 */
public final class Batch {
  private final Hypercore core;
  private final long fork;
  private final long from;
  private List<Slice> blocks = new ArrayList<>();
  private boolean isFlushed;

  Batch(Hypercore core, long fork, long from) {
    this.core = core;
    this.fork = fork;
    this.from = from;
  }

  /** The fork that it builds on. */
  public long fork() {
    return fork;
  }

  /** Index of its first block. */
  public long from() {
    return from;
  }

  /** Blocks that the core would have with it. */
  public long length() {
    return from + blocks.size();
  }

  /**
   * Adds a block.
   *
   * @param block plain; must not change until the batch is flushed and that is complete
   * @return its index, if the batch is added
   */
  public long add(Slice block) {
    requireUnused();
    blocks.add(block);
    return length() - 1;
  }

  /**
   * Adds the blocks to the core.
   *
   * @return completes when they are on disk; fails with {@code CONFLICT} when the core is not as it
   *     was when the batch was begun
   */
  public CompletableFuture<AppendResult> flush() {
    requireUnused();
    isFlushed = true;
    List<Slice> all = blocks;
    blocks = List.of();
    return core.append(this, all);
  }

  private void requireUnused() {
    if (isFlushed) {
      throw new IllegalStateException("a batch is used once");
    }
  }
}
