package org.peerstead.hypercore.merkle;

import org.jspecify.annotations.Nullable;

/**
 * Finds the block at a byte offset by the sizes of the nodes above it. Reads one node for each
 * level. Stateless.
 *
 * <p>{@code padding} is the number of bytes at the head of every block that do not count: 8 when
 * the core is encrypted, else 0.
 */
public final class ByteSeek {
  private ByteSeek() {}

  /** What is known about a byte offset. */
  public sealed interface Result {
    /**
     * The offset lies in a block.
     *
     * @param block 0-based; the tree's length when the offset is just behind the last byte
     * @param offset bytes into the block, padding not counted. At a border it is 0: the block that
     *     begins there, or where empty blocks do, one of them
     */
    record Found(long block, long offset) implements Result {}

    /**
     * The offset lies below a node whose children are not stored. A peer finds it with a hash
     * request for a leaf below the node together with a seek.
     *
     * @param root the node, in the flat tree
     * @param offset bytes below it that come before, padding not counted
     */
    record Below(long root, long offset) implements Result {}

    /** The offset lies behind the last byte. */
    record Beyond() implements Result {}
  }

  /**
   * Looks for the block at {@code bytes}.
   *
   * @param bytes offset into the concatenated blocks, 0 or more
   * @param padding bytes, 0 or more
   */
  public static Result find(TreeHead head, NodeSource nodes, long bytes, long padding) {
    if (bytes == 0) {
      return new Result.Found(0, 0);
    }
    long left = bytes;
    for (TreeNode root : head.roots()) {
      long size = unpadded(root, padding);
      if (left == size) {
        return new Result.Found(FlatTree.endBlock(root.index()), 0);
      }
      if (left < size) {
        return findBelow(root.index(), nodes, left, padding);
      }
      left -= size;
    }
    return new Result.Beyond();
  }

  private static Result findBelow(long root, NodeSource nodes, long bytes, long padding) {
    long index = root;
    long left = bytes;
    while (FlatTree.depth(index) > 0) {
      TreeNode leftChild = nodes.node(FlatTree.leftChild(index));
      if (leftChild == null) {
        return new Result.Below(index, left);
      }
      long size = unpadded(leftChild, padding);
      if (left == size) {
        return new Result.Found(FlatTree.endBlock(leftChild.index()), 0);
      }
      if (left < size) {
        index = leftChild.index();
      } else {
        left -= size;
        index = FlatTree.rightChild(index);
      }
    }
    return new Result.Found(index / 2, left);
  }

  /**
   * Bytes of all blocks before the left-most one below {@code index}, padding counted.
   *
   * @param index a node of the tree, or the leaf just behind its end
   * @throws MissingNodeException when a node on the way is not stored
   * @throws IllegalArgumentException when {@code index} lies behind the end
   */
  public static long offsetOf(TreeHead head, NodeSource nodes, long index)
      throws MissingNodeException {
    long block = FlatTree.firstBlock(index);
    if (block == head.length()) {
      return head.byteLength();
    }
    long bytes = 0;
    for (TreeNode root : head.roots()) {
      if (block >= FlatTree.endBlock(root.index())) {
        bytes += root.size();
        continue;
      }
      long at = root.index();
      while (FlatTree.firstBlock(at) != block) {
        long leftChild = FlatTree.leftChild(at);
        if (block < FlatTree.endBlock(leftChild)) {
          at = leftChild;
        } else {
          bytes += require(nodes, leftChild).size();
          at = FlatTree.rightChild(at);
        }
      }
      return bytes;
    }
    throw new IllegalArgumentException("block " + block + " of a tree of " + head.length());
  }

  /**
   * Bytes below {@code node} without padding. Not below 0, even if a peer asks for more padding
   * than there are bytes.
   */
  static long unpadded(TreeNode node, long padding) {
    if (padding == 0) {
      return node.size();
    }
    long leaves = FlatTree.leaves(node.index());
    return padding > node.size() / leaves ? 0 : node.size() - padding * leaves;
  }

  private static TreeNode require(NodeSource nodes, long index) throws MissingNodeException {
    @Nullable TreeNode node = nodes.node(index);
    if (node == null) {
      throw new MissingNodeException(index);
    }
    return node;
  }
}
