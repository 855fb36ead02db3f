/**
 * Records of followed logs on RocksDB (JNI, 11.8.1): one column family, key to {@link
 * org.peerstead.storagepeer.follow.FollowedCoreCodec}.
 */
@NullMarked
package org.peerstead.storagepeer.store.rocksdb;

import org.jspecify.annotations.NullMarked;
