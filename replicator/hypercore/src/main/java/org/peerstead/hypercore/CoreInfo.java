package org.peerstead.hypercore;

import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.manifest.Manifest;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * Where a core stands.
 *
 * @param key the public key
 * @param discoveryKey hash of the key, by which peers ask for it
 * @param manifest who signs, or null while that is not known
 * @param fork how often it was truncated
 * @param length blocks
 * @param byteLength bytes of all blocks, stored here or not; through a session with the encryption
 *     key those of the plain blocks
 * @param treeHash over the roots of the tree: what the head's signature covers
 * @param contiguousLength blocks from 0 on that are stored here without a gap
 * @param storedBlocks blocks that are stored here
 * @param storedBytes their bytes, as stored
 * @param isWritable whether appends work here
 * @param isFrozen whether contradicting heads were seen
 * @param peers connected peers that have the core open
 * @param lagBlocks blocks that the longest connected peer of the same fork has beyond those stored
 *     here
 */
public record CoreInfo(
    Fixed32 key,
    Fixed32 discoveryKey,
    @Nullable Manifest manifest,
    long fork,
    long length,
    long byteLength,
    Fixed32 treeHash,
    long contiguousLength,
    long storedBlocks,
    long storedBytes,
    boolean isWritable,
    boolean isFrozen,
    int peers,
    long lagBlocks) {}
