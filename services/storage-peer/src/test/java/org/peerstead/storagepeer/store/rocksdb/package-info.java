/** Tests. */
@NullMarked
package org.peerstead.storagepeer.store.rocksdb;

import org.jspecify.annotations.NullMarked;
