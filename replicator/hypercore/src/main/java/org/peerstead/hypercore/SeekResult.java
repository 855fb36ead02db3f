package org.peerstead.hypercore;

/**
 * Where a byte lies.
 *
 * @param index of the block; the length of the core when the offset is its byte length
 * @param offset within the block
 */
public record SeekResult(long index, long offset) {}
