package org.peerstead.storagepeer;

import java.net.InetSocketAddress;
import java.util.Optional;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * How the service is.
 *
 * @param deviceKey the public key that it proves to peers
 * @param address where it listens; empty when it does not
 * @param storedCores logs in the store
 * @param keptCores logs that are kept
 * @param storedBytes bytes of their blocks
 * @param maxBytes the limit of {@code storedBytes}
 * @param diskBytes bytes on disk
 * @param connections open connections
 * @param laggingCores logs that miss blocks
 * @param missingBlocks blocks that are known, wanted and not here
 * @param pausedCores logs that take no blocks because of a limit
 * @param refusesWrites why nothing new is taken; empty in normal service
 */
public record StoragePeerStatus(
    Fixed32 deviceKey,
    Optional<InetSocketAddress> address,
    long storedCores,
    long keptCores,
    long storedBytes,
    long maxBytes,
    long diskBytes,
    long connections,
    long laggingCores,
    long missingBlocks,
    long pausedCores,
    Optional<String> refusesWrites) {}
