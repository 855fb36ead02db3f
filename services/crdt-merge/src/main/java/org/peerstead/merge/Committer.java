package org.peerstead.merge;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.peerstead.merge.store.StoreOperation;

/** Writes to the store in the order of the calls. */
@FunctionalInterface
public interface Committer {
  /**
   * Writes all or nothing.
   *
   * @return completes when the write is durable; fails with a {@link
   *     org.peerstead.merge.store.StorageException}
   */
  CompletableFuture<Void> commit(List<StoreOperation> operations);
}
