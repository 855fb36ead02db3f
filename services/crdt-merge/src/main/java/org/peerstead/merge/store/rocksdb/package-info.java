/**
 * The storage port on RocksDB (JNI, 11.8.1). The only package that knows RocksDB.
 *
 * <p>Column families, with {@code id} = length byte and document id: {@code records} id to {@link
 * org.peerstead.merge.store.DocumentRecord}; {@code snapshots} id to an Automerge file; {@code log}
 * id and big-endian sequence number to chunks; {@code sync-states} id and UTF-8 storage id to a
 * sync state; {@code tombstones} id to milliseconds since 1970; {@code default} the store's own
 * facts.
 */
@NullMarked
package org.peerstead.merge.store.rocksdb;

import org.jspecify.annotations.NullMarked;
