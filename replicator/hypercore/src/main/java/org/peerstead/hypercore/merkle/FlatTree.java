package org.peerstead.hypercore.merkle;

/**
 * Arithmetic of the flat tree. Block i is leaf 2i; a parent's number lies between those of its
 * children. A node of depth d at offset o (counted within its depth) has the number {@code (2o + 1)
 * * 2^d - 1}, so its depth is the number of trailing one bits.
 *
 * <p>Arguments are numbers from 0 to {@link #MAX_INDEX}, what compact-encoding can carry; results
 * may lie above that, but never overflow for such arguments. Nothing is checked: callers who got a
 * number from a peer compare it with {@link #MAX_INDEX} first. All methods take constant time,
 * except {@link #fullRoots}.
 *
 * <p>Spec: npm {@code flat-tree} 1.13.0.
 */
public final class FlatTree {
  /** The largest number of a node: 2^53 - 1. */
  public static final long MAX_INDEX = (1L << 53) - 1;

  /** The most blocks whose leaves all have a number: 2^52. */
  public static final long MAX_BLOCKS = 1L << 52;

  private FlatTree() {}

  /** Levels above the leaves: 0 for a leaf. */
  public static int depth(long index) {
    return Long.numberOfTrailingZeros(~index);
  }

  /** How many nodes of the same depth lie to the left. */
  public static long offset(long index) {
    return index >>> (depth(index) + 1);
  }

  /** The node at {@code offset} of {@code depth}. */
  public static long index(int depth, long offset) {
    return (offset << (depth + 1)) | ((1L << depth) - 1);
  }

  /** The node above. */
  public static long parent(long index) {
    long bit = 1L << depth(index);
    return (index | bit) & ~(bit << 1);
  }

  /** The other child of the same parent. */
  public static long sibling(long index) {
    return index ^ (2L << depth(index));
  }

  /** Whether the node is the left child of its parent. */
  public static boolean isLeft(long index) {
    return (index & (2L << depth(index))) == 0;
  }

  /** The left child, or -1 for a leaf. */
  public static long leftChild(long index) {
    int depth = depth(index);
    return depth == 0 ? -1 : index - (1L << (depth - 1));
  }

  /** The right child, or -1 for a leaf. */
  public static long rightChild(long index) {
    int depth = depth(index);
    return depth == 0 ? -1 : index + (1L << (depth - 1));
  }

  /** The left-most leaf below the node, itself for a leaf. */
  public static long leftSpan(long index) {
    return index - ((1L << depth(index)) - 1);
  }

  /** The right-most leaf below the node, itself for a leaf. */
  public static long rightSpan(long index) {
    return index + ((1L << depth(index)) - 1);
  }

  /** Number of leaves below the node: 1 for a leaf. */
  public static long leaves(long index) {
    return 1L << depth(index);
  }

  /** The first block below the node. */
  public static long firstBlock(long index) {
    return leftSpan(index) >>> 1;
  }

  /** The block behind the last one below the node. */
  public static long endBlock(long index) {
    return (rightSpan(index) >>> 1) + 1;
  }

  /** Whether {@code other} is the node or lies below it. */
  public static boolean contains(long index, long other) {
    return leftSpan(index) <= other && other <= rightSpan(index);
  }

  /** Whether all leaves below the node are blocks of a tree of {@code blocks} blocks. */
  public static boolean isInside(long index, long blocks) {
    return rightSpan(index) < 2 * blocks;
  }

  /**
   * The roots of a tree of {@code blocks} blocks from left to right, the largest first: one for
   * each one bit of that number.
   */
  public static long[] fullRoots(long blocks) {
    long[] roots = new long[Long.bitCount(blocks)];
    long first = 0;
    for (int i = 0; i < roots.length; i++) {
      roots[i] = firstFullRoot(first, blocks);
      first = endBlock(roots[i]);
    }
    return roots;
  }

  /**
   * The largest node whose left-most leaf is block {@code from} and whose leaves all lie below
   * {@code to}. Taken again and again from where the last one ended, these are the nodes that make
   * a tree of {@code from} blocks one of {@code to}: first right siblings of what is there, then
   * roots.
   *
   * @param from first block, below {@code to}
   */
  public static long firstFullRoot(long from, long to) {
    int fitting = 63 - Long.numberOfLeadingZeros(to - from);
    // 64 for block 0, which any depth suits.
    int aligned = Long.numberOfTrailingZeros(from);
    int depth = Math.min(fitting, aligned);
    return index(depth, from >>> depth);
  }
}
