package org.peerstead.storagepeer;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.storagepeer.follow.FollowedCore;
import org.peerstead.storagepeer.follow.Refusal;

/**
 * What is known of a log.
 *
 * @param key its public key
 * @param discoveryKey the hash that peers ask for it by
 * @param name under which it was made here, or null
 * @param fork how often it was truncated
 * @param length in blocks
 * @param byteLength of all its blocks, here or not
 * @param contiguousLength blocks from 0 on that are here
 * @param storedBlocks blocks that are here
 * @param storedBytes their bytes
 * @param lagBlocks blocks that a connected peer has and that are not here
 * @param peers connected peers that share it
 * @param isWritable whether this device may append
 * @param isFrozen whether its owner signed two histories
 * @param kept why it is here, empty when it is not kept
 * @param refusal why it takes no blocks now
 */
public record CoreView(
    Fixed32 key,
    Fixed32 discoveryKey,
    @Nullable String name,
    long fork,
    long length,
    long byteLength,
    long contiguousLength,
    long storedBlocks,
    long storedBytes,
    long lagBlocks,
    int peers,
    boolean isWritable,
    boolean isFrozen,
    Optional<FollowedCore> kept,
    Optional<Refusal> refusal) {}
