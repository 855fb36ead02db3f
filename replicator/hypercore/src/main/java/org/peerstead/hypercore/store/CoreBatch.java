package org.peerstead.hypercore.store;

import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.securestream.encoding.Slice;

/**
 * Changes of one core that happen together or not at all, in the order of the calls. Not
 * thread-safe; used once. Slices and arrays are copied before a method returns.
 */
public interface CoreBatch {
  /** Replaces the head. */
  CoreBatch head(StoredHead head);

  /** Replaces the contiguous length. */
  CoreBatch contiguousLength(long blocks);

  /** Stores a tree node. */
  CoreBatch node(TreeNode node);

  /** Removes the tree nodes with from <= index < to. */
  CoreBatch deleteNodes(long from, long to);

  /** Stores a block. */
  CoreBatch block(long index, Slice value);

  /** Removes the blocks with from <= index < to; their space is given back in time. */
  CoreBatch deleteBlocks(long from, long to);

  /**
   * Replaces a page of the bitfield; all zero removes it.
   *
   * @param words {@link CoreStorage#PAGE_BITS} / 64 words
   */
  CoreBatch page(long page, long[] words);

  /** Stores the manifest in the core's record. */
  CoreBatch manifest(Slice encoded);

  /** Stores a small value; an empty one removes it. */
  CoreBatch userData(String key, Slice value);

  /** Whether nothing was put into it. */
  boolean isEmpty();

  /** Makes the changes. They are readable when this returns. */
  void commit();
}
