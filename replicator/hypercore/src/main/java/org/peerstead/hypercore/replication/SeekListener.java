package org.peerstead.hypercore.replication;

/**
 * Waits for the block at a byte offset. Exactly one method is called, once; none after a cancel.
 */
public interface SeekListener {
  /**
   * Found.
   *
   * @param index of the block
   * @param offset in bytes within it, padding not counted
   */
  void found(long index, long offset);

  /** It will not be found any more: the core stopped replicating or is frozen. */
  void failed(GetListener.Failure failure);
}
