package org.peerstead.hypercore.store;

import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * The signed head of a core.
 *
 * @param fork how often the core was truncated, 0 or more
 * @param length blocks
 * @param byteLength bytes of all blocks as stored
 * @param treeHash over the roots
 * @param signature in the encoding of the manifest; empty for a core without blocks
 */
public record StoredHead(
    long fork, long length, long byteLength, Fixed32 treeHash, Slice signature) {}
