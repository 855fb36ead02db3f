package org.peerstead.hypercore.store;

import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.merkle.NodeSource;
import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.securestream.encoding.Slice;

/** The rows of one core. Reads are thread-safe; one thread at a time writes. */
public interface CoreStorage extends NodeSource {
  /** Bits of one page of the bitfield. */
  int PAGE_BITS = 1_024;

  /** Which page is visited and its {@link #PAGE_BITS} / 64 words, lowest block in bit 0. */
  @FunctionalInterface
  interface PageVisitor {
    /** One page that is not all zero; the array belongs to the visitor. */
    void page(long page, long[] words);
  }

  /** The signed head, or null before the first. */
  @Nullable StoredHead head();

  /**
   * All blocks below this index are present; their bits may be missing in the pages. 0 when never
   * set.
   */
  long contiguousLength();

  @Override
  @Nullable TreeNode node(long index);

  /** A block as stored, or null. */
  @Nullable Slice block(long index);

  /** Visits the stored pages of the bitfield in ascending order. */
  void visitPages(PageVisitor visitor);

  /** A small value that belongs to the core, or null. */
  @Nullable Slice userData(String key);

  /** A new, empty batch. */
  CoreBatch batch();
}
