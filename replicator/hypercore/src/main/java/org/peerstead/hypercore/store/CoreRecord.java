package org.peerstead.hypercore.store;

import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * What a store knows of a core without opening it. Immutable and thread-safe.
 *
 * @param id the store's own number of the core, never used twice in one store
 * @param key the core's public key
 * @param discoveryKey hash of the key: what the core is asked for by
 * @param manifest encoded manifest, or null while it is not known
 * @param alias the name under which this store's owner made it, or null for a core of somebody else
 */
public record CoreRecord(
    long id,
    Fixed32 key,
    Fixed32 discoveryKey,
    @Nullable Slice manifest,
    @Nullable CoreAlias alias) {}
