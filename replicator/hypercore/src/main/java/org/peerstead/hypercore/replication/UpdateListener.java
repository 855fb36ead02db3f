package org.peerstead.hypercore.replication;

/** Waits until no connected peer is known to have a longer core. Called once. */
@FunctionalInterface
public interface UpdateListener {
  /**
   * Done.
   *
   * @param hasGrown whether length or fork changed since the call
   */
  void updated(boolean hasGrown);
}
