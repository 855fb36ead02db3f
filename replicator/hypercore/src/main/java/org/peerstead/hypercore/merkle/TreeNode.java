package org.peerstead.hypercore.merkle;

import org.peerstead.securestream.encoding.Fixed32;

/**
 * A node of the tree. Immutable and thread-safe.
 *
 * @param index position in the flat tree, 0 to 2^53 - 1; even for a leaf
 * @param size bytes of all blocks below it, 0 to 2^53 - 1
 * @param hash 32 bytes over what lies below
 */
public record TreeNode(long index, long size, Fixed32 hash) {}
