package org.peerstead.hypercore;

/**
 * Where a core stands after a change of ours that is on disk.
 *
 * @param fork how often the core was truncated
 * @param from index of the first block that was added; equals {@code length} when none was
 * @param length blocks afterwards
 * @param byteLength bytes of all blocks afterwards, as stored
 */
public record AppendResult(long fork, long from, long length, long byteLength) {}
