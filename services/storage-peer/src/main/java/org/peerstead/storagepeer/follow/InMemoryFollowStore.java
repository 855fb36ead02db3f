package org.peerstead.storagepeer.follow;

import java.nio.file.Path;
import java.util.Collection;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.peerstead.securestream.encoding.Fixed32;

/** Keeps records while the process lives. Thread-safe. */
public final class InMemoryFollowStore implements FollowStore {
  private final TreeMap<Fixed32, FollowedCore> records = new TreeMap<>();

  @Override
  public synchronized void visit(Consumer<FollowedCore> visitor) {
    records.values().forEach(visitor);
  }

  @Override
  public synchronized void write(Collection<FollowedCore> changed, Collection<Fixed32> removed) {
    changed.forEach(core -> records.put(core.key(), core));
    removed.forEach(records::remove);
  }

  @Override
  public void checkpoint(Path directory) {
    throw new UnsupportedOperationException("these records are in memory only");
  }

  @Override
  public void close() {}
}
