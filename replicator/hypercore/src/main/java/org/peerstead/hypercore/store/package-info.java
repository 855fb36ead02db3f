/**
 * Where cores are kept: the port that cores are written against, and the store in memory.
 *
 * <p>Entry: {@link org.peerstead.hypercore.store.CoreStore}. The durable store is in {@code
 * store.rocksdb}.
 */
@NullMarked
package org.peerstead.hypercore.store;

import org.jspecify.annotations.NullMarked;
