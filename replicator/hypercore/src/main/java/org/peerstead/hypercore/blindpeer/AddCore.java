package org.peerstead.hypercore.blindpeer;

import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * Request of the method {@code add-core}; answered by a {@link KeptCore}.
 *
 * @param key which core
 * @param referrer the core in whose name, or null
 * @param priority 0 low, 1 normal, 2 high; 0 when the client says none
 * @param isAnnounced whether strangers shall find it
 */
public record AddCore(
    Fixed32 key, @Nullable Fixed32 referrer, long priority, boolean isAnnounced) {}
