/** Tests of the parts of the durable store. */
@NullMarked
package org.peerstead.hypercore.store.rocksdb;

import org.jspecify.annotations.NullMarked;
