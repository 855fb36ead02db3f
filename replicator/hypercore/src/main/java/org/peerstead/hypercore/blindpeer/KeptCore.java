package org.peerstead.hypercore.blindpeer;

import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * A core as the server keeps it.
 *
 * @param key which core
 * @param length in blocks
 * @param storedBytes bytes of the blocks that are kept
 * @param updatedMillis when its record last changed, milliseconds since 1970
 * @param activeMillis when it was last active, milliseconds since 1970
 * @param priority 0 to 2
 * @param isAnnounced whether strangers may find it
 * @param referrer the core in whose name it is kept, or null
 * @param clearedBlocks blocks given up so far
 * @param clearedBytes their bytes
 */
public record KeptCore(
    Fixed32 key,
    long length,
    long storedBytes,
    long updatedMillis,
    long activeMillis,
    long priority,
    boolean isAnnounced,
    @Nullable Fixed32 referrer,
    long clearedBlocks,
    long clearedBytes) {}
