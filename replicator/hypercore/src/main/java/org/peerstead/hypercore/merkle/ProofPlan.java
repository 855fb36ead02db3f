package org.peerstead.hypercore.merkle;

import java.util.function.LongPredicate;

/**
 * How much of a path a request should ask for: the {@code nodes} of a {@link ProofRequest}.
 * Stateless.
 */
public final class ProofPlan {
  private ProofPlan() {}

  /**
   * Levels from a node up to the nearest one that is known, itself included: 0 when it is known
   * itself. Also 0 when it lies beyond {@code length}, since then the upgrade decides.
   *
   * @param index in the flat tree
   * @param length of the asker's tree in blocks; its roots should be known
   * @param known tells of a node of the flat tree whether it is stored, or on its way from the peer
   *     that is asked (answers of one peer arrive in order)
   */
  public static long levelsToKnown(long index, long length, LongPredicate known) {
    if (!FlatTree.isInside(index, length)) {
      return 0;
    }
    long levels = 0;
    long at = index;
    while (FlatTree.isInside(at, length) && !known.test(at)) {
      levels++;
      at = FlatTree.parent(at);
    }
    return levels;
  }

  /**
   * Levels from a node up to the root above it: the most that an asker can miss. 0 when the node
   * lies beyond {@code length}.
   */
  public static long levelsToRoot(long index, long length) {
    if (!FlatTree.isInside(index, length)) {
      return 0;
    }
    long levels = 0;
    long at = FlatTree.parent(index);
    while (FlatTree.isInside(at, length)) {
      levels++;
      at = FlatTree.parent(at);
    }
    return levels;
  }
}
