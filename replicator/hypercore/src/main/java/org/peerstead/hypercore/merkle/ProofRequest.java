package org.peerstead.hypercore.merkle;

import org.jspecify.annotations.Nullable;

/**
 * What a peer wants to have proven. At most one of block and hash is present.
 *
 * @param fork the fork that the asker believes in
 * @param block a block with its path
 * @param hash a tree node with its path
 * @param seek where a byte offset lies
 * @param upgrade a longer head
 */
public record ProofRequest(
    long fork,
    @Nullable Block block,
    @Nullable Hash hash,
    @Nullable Seek seek,
    @Nullable Upgrade upgrade) {
  /**
   * A block.
   *
   * @param index of the block, 0-based
   * @param nodes levels from the leaf up to the nearest ancestor that the asker holds; 0 when it
   *     holds the leaf, or when the block lies beyond its length
   */
  public record Block(long index, long nodes) {}

  /**
   * A tree node.
   *
   * @param index in the flat tree
   * @param nodes as for a block, counted from this node
   */
  public record Hash(long index, long nodes) {}

  /**
   * A byte offset.
   *
   * @param bytes offset into the concatenated blocks
   * @param padding bytes at the head of every block that do not count; 8 when the core is encrypted
   */
  public record Seek(long bytes, long padding) {}

  /**
   * A longer head.
   *
   * @param start the asker's length in blocks
   * @param length blocks to add
   */
  public record Upgrade(long start, long length) {}
}
