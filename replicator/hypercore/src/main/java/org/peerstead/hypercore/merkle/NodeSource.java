package org.peerstead.hypercore.merkle;

import org.jspecify.annotations.Nullable;

/** Where the nodes of one tree are found. */
@FunctionalInterface
public interface NodeSource {
  /** The stored node at a position of the flat tree, or null when it is not stored. */
  @Nullable TreeNode node(long index);
}
