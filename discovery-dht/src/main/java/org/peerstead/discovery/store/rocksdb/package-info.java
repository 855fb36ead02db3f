/**
 * The store of a DHT node on RocksDB: {@link org.peerstead.discovery.store.rocksdb.RocksDhtStore}.
 * Layout of the directory and the rows: there.
 */
@NullMarked
package org.peerstead.discovery.store.rocksdb;

import org.jspecify.annotations.NullMarked;
