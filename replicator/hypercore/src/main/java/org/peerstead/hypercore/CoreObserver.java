package org.peerstead.hypercore;

/**
 * Is told what happens to the core of one session, on the owner's thread, after it can be read:
 * must return soon and must not wait for futures of this package.
 */
public interface CoreObserver {
  /** Blocks were added; they need not be stored here. */
  default void appended(long from, long to) {}

  /**
   * The core is another fork; what was at or beyond {@code length} is gone.
   *
   * @param length blocks that both forks share
   */
  default void truncated(long fork, long length, long oldLength) {}

  /** A block of a peer was verified and stored. */
  default void blockStored(long index, int sizeBytes) {}

  /** Blocks are no longer stored here. */
  default void blocksCleared(long from, long to) {}

  /** Two valid heads contradict each other. */
  default void frozen() {}
}
