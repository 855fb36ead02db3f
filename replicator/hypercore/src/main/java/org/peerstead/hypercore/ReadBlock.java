package org.peerstead.hypercore;

import org.peerstead.securestream.encoding.Slice;

/**
 * A block and where it stands.
 *
 * @param index 0-based
 * @param value plain when the reader decrypts
 */
public record ReadBlock(long index, Slice value) {}
