package org.peerstead.hypercore.core;

/**
 * Is told what happened to a core, on its thread, after it became readable. Must not change the
 * core while it is told.
 */
public interface CoreListener {
  /**
   * The head that peers may see has grown.
   *
   * @param from length before
   * @param to length now
   */
  default void appended(Core core, long from, long to) {}

  /**
   * The head that peers may see is another fork; what was at or beyond {@code length} is gone.
   *
   * @param length blocks that both forks share
   * @param oldLength length before
   */
  default void truncated(Core core, long length, long oldLength) {}

  /** A block of a peer was verified and stored. */
  default void blockStored(Core core, long index, int sizeBytes) {}

  /** The blocks with from <= index < to are no longer stored; their tree nodes are. */
  default void blocksCleared(Core core, long from, long to) {}

  /** The manifest became known. */
  default void manifestLearnt(Core core) {}

  /** Two valid heads contradict each other: nothing more is taken from peers. */
  default void frozen(Core core) {}
}
