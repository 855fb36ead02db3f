package org.peerstead.storagepeer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.store.CoreAlias;
import org.peerstead.hypercore.store.CoreRecord;
import org.peerstead.hypercore.store.CoreStorage;
import org.peerstead.hypercore.store.CoreStore;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** A store that tells how long it took until what was written was on disk. Thread-safe. */
final class MeteredCoreStore implements CoreStore {
  private final CoreStore store;
  private final LongConsumer syncNanos;

  /**
   * @param syncNanos told after each sync; called by whichever thread completes it
   */
  MeteredCoreStore(CoreStore store, LongConsumer syncNanos) {
    this.store = store;
    this.syncNanos = syncNanos;
  }

  @Override
  public @Nullable CoreRecord find(Fixed32 discoveryKey) {
    return store.find(discoveryKey);
  }

  @Override
  public @Nullable CoreRecord find(CoreAlias alias) {
    return store.find(alias);
  }

  @Override
  public CoreRecord create(Fixed32 key, @Nullable Slice manifest, @Nullable CoreAlias alias) {
    return store.create(key, manifest, alias);
  }

  @Override
  public void visit(Predicate<CoreRecord> visitor) {
    store.visit(visitor);
  }

  @Override
  public long coreCount() {
    return store.coreCount();
  }

  @Override
  public CoreStorage storage(CoreRecord core) {
    return store.storage(core);
  }

  @Override
  public void delete(CoreRecord core) {
    store.delete(core);
  }

  @Override
  public CompletableFuture<Void> sync() {
    long begun = System.nanoTime();
    return store
        .sync()
        .whenComplete((done, failure) -> syncNanos.accept(System.nanoTime() - begun));
  }

  @Override
  public void checkpoint(Path directory) throws IOException {
    store.checkpoint(directory);
  }

  @Override
  public long diskBytes() {
    return store.diskBytes();
  }

  @Override
  public void close() {
    store.close();
  }
}
