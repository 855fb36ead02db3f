package org.peerstead.hypercore;

import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.store.CoreAlias;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * What the store knows of a core without opening it.
 *
 * @param key the public key
 * @param discoveryKey hash of the key
 * @param alias the name under which it was made here, or null for a core of somebody else
 * @param fork how often it was truncated
 * @param length blocks
 * @param byteLength bytes of all blocks, stored here or not
 */
public record StoredCore(
    Fixed32 key,
    Fixed32 discoveryKey,
    @Nullable CoreAlias alias,
    long fork,
    long length,
    long byteLength) {}
