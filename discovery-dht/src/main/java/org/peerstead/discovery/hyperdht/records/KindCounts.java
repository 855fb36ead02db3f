package org.peerstead.discovery.hyperdht.records;

/**
 * One store: what it holds now, and what happened to it since the start.
 *
 * @param held entries now
 * @param stored new entries
 * @param renewed entries that were announced or put again
 * @param removed entries taken back by their owner
 * @param expired entries that reached their age
 * @param evicted entries that gave way to others because a limit was reached
 * @param refused entries that were not taken because a limit was reached
 * @param hosts source hosts of the entries held
 */
public record KindCounts(
    int held,
    long stored,
    long renewed,
    long removed,
    long expired,
    long evicted,
    long refused,
    int hosts) {}
