package org.peerstead.hypercore.store.rocksdb;

/**
 * What syncing has cost since the store was opened.
 *
 * @param rounds disk operations, each for all callers that waited for it
 * @param nanos time that they took together
 */
public record SyncStats(long rounds, long nanos) {}
