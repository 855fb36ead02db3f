package org.peerstead.hypercore;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.store.CoreAlias;
import org.peerstead.hypercore.store.CoreRecord;
import org.peerstead.hypercore.store.CoreStorage;
import org.peerstead.hypercore.store.CoreStore;
import org.peerstead.hypercore.store.StorageException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** A store whose disk may fail. */
final class FailingStore implements CoreStore {
  private final CoreStore store;
  volatile boolean isFailing;

  FailingStore(CoreStore store) {
    this.store = store;
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
    return isFailing
        ? CompletableFuture.failedFuture(new StorageException("the disk is full"))
        : store.sync();
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
