package org.peerstead.hypercore.merkle;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.List;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * The hashes of the tree. All are BLAKE2b-256 with a first byte that tells the kind; numbers are 64
 * bits, little endian:
 *
 * <table>
 * <caption>What is hashed</caption>
 * <tr><td>leaf</td><td>00, byte length, block</td></tr>
 * <tr><td>parent</td><td>01, sum of the sizes, hash of the left child, hash of the right one</td></tr>
 * <tr><td>tree</td><td>02, then for each root from left to right: hash, index, size</td></tr>
 * </table>
 *
 * <p>Reuses its working memory from hash to hash, so one serves a whole thread. Not thread-safe.
 */
public final class TreeHash {
  /** The most bytes that the blocks below one node may have: 2^53 - 1. */
  public static final long MAX_SIZE = (1L << 53) - 1;

  private static final byte LEAF = 0;
  private static final byte PARENT = 1;
  private static final byte TREE = 2;

  private static final int LEAF_HEAD_BYTES = 1 + Long.BYTES;
  private static final int PARENT_BYTES = 1 + Long.BYTES + 2 * Fixed32.SIZE;
  private static final int ROOT_BYTES = Fixed32.SIZE + 2 * Long.BYTES;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final Blake2b digest = Blake2b.unkeyed(Blake2b.SHORT_BYTES);
  private final byte[] buffer = new byte[PARENT_BYTES];

  /** The leaf of block {@code block} (0-based) with the content {@code value}. */
  public TreeNode leaf(long block, Slice value) {
    buffer[0] = LEAF;
    LONGS.set(buffer, 1, (long) value.length());
    Fixed32 hash = digest.update(buffer, 0, LEAF_HEAD_BYTES).update(value).finish32();
    return new TreeNode(2 * block, value.length(), hash);
  }

  /**
   * The parent of two siblings.
   *
   * @param left the one with the smaller index
   * @throws IllegalArgumentException when together they have more than {@link #MAX_SIZE} bytes
   */
  public TreeNode parent(TreeNode left, TreeNode right) {
    long size = left.size() + right.size();
    if (size > MAX_SIZE) {
      throw new IllegalArgumentException(size + " bytes below one node, above " + MAX_SIZE);
    }
    buffer[0] = PARENT;
    LONGS.set(buffer, 1, size);
    left.hash().copyTo(buffer, LEAF_HEAD_BYTES);
    right.hash().copyTo(buffer, LEAF_HEAD_BYTES + Fixed32.SIZE);
    return new TreeNode(
        FlatTree.parent(left.index()), size, digest.update(buffer, 0, PARENT_BYTES).finish32());
  }

  /** The hash over the roots of a tree, which is what its writer signs. */
  public Fixed32 tree(List<TreeNode> roots) {
    buffer[0] = TREE;
    digest.update(buffer, 0, 1);
    for (TreeNode root : roots) {
      root.hash().copyTo(buffer, 0);
      LONGS.set(buffer, Fixed32.SIZE, root.index());
      LONGS.set(buffer, Fixed32.SIZE + Long.BYTES, root.size());
      digest.update(buffer, 0, ROOT_BYTES);
    }
    return digest.finish32();
  }
}
