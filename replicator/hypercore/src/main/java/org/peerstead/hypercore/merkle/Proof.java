package org.peerstead.hypercore.merkle;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Slice;

/**
 * The answer to a {@link ProofRequest}, not verified. At most one of block and hash is present.
 *
 * @param fork the sender's fork
 */
public record Proof(
    long fork,
    @Nullable Block block,
    @Nullable Hash hash,
    @Nullable Seek seek,
    @Nullable Upgrade upgrade) {
  /**
   * A block and the siblings on its path.
   *
   * @param index of the block, 0-based
   * @param value bytes as stored: ciphertext when the core is encrypted
   * @param nodes siblings from the leaf upwards
   */
  public record Block(long index, Slice value, List<TreeNode> nodes) {}

  /**
   * A tree node and the siblings on its path.
   *
   * @param index in the flat tree
   * @param nodes the node itself, then siblings upwards
   */
  public record Hash(long index, List<TreeNode> nodes) {}

  /**
   * Where a byte offset lies.
   *
   * @param bytes the offset asked for
   * @param nodes the node that holds the offset, then siblings upwards
   */
  public record Seek(long bytes, List<TreeNode> nodes) {}

  /**
   * A longer head.
   *
   * @param start length that the nodes extend
   * @param length blocks that they add
   * @param nodes roots and siblings from left to right
   * @param additionalNodes the same from start + length to the length that was signed
   * @param signature of the sender's newest head, in the encoding of its manifest
   */
  public record Upgrade(
      long start,
      long length,
      List<TreeNode> nodes,
      List<TreeNode> additionalNodes,
      Slice signature) {}
}
