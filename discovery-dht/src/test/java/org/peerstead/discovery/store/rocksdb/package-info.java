/** Tests of the store on RocksDB. */
@NullMarked
package org.peerstead.discovery.store.rocksdb;

import org.jspecify.annotations.NullMarked;
