/**
 * The Merkle tree over the blocks of a core: positions, hashes, proofs and their verification.
 *
 * <p>A flat tree: block i is leaf 2i, a parent lies between its children, so every node has one
 * number that never changes. Nothing here does input or output; nodes come through {@link
 * org.peerstead.hypercore.merkle.NodeSource}.
 *
 * <p>Spec: npm {@code flat-tree} 1.13.0 and {@code hypercore} 11.39.5, lib/merkle-tree.js.
 */
@NullMarked
package org.peerstead.hypercore.merkle;

import org.jspecify.annotations.NullMarked;
