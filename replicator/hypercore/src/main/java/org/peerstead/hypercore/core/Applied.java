package org.peerstead.hypercore.core;

/**
 * What a proof has changed.
 *
 * @param block index of the block that is new, or -1
 * @param blockBytes its size, or 0
 * @param from length before; equals {@code to} when the head did not grow
 * @param to length now
 * @param isManifestLearnt whether the manifest became known
 */
public record Applied(long block, int blockBytes, long from, long to, boolean isManifestLearnt) {
  /** Whether the head has grown. */
  public boolean isUpgrade() {
    return to > from;
  }
}
