package org.peerstead.hypercore;

import org.peerstead.hypercore.net.NetworkStats;

/**
 * Numbers of {@link Hypercores} since its start. Those of replication are in {@link
 * Hypercores#replicationStats}.
 *
 * @param network of connections
 * @param openCores cores in memory
 * @param idleCores those of them that nobody uses
 * @param sessions open sessions
 * @param waitingCalls tasks that wait for the owner's thread
 * @param appends appends and truncations, each of one or more blocks
 * @param appendedBlocks blocks of ours
 * @param appendedBytes their bytes as stored
 * @param syncs times that the store was asked to bring changes to disk
 */
public record HypercoresStats(
    NetworkStats network,
    int openCores,
    int idleCores,
    int sessions,
    int waitingCalls,
    long appends,
    long appendedBlocks,
    long appendedBytes,
    long syncs) {}
