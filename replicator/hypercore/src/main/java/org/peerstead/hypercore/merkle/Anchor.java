package org.peerstead.hypercore.merkle;

import org.peerstead.securestream.encoding.Fixed32;

/**
 * A tree that a core must contain: the prologue of its manifest. A peer never holds less of it than
 * all, so upgrades that end inside are refused.
 *
 * @param length blocks of that tree
 * @param treeHash hash over its roots
 */
public record Anchor(long length, Fixed32 treeHash) {}
