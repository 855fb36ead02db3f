package org.peerstead.discovery.store;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Slice;

/** A store without a memory. Thread-safe. */
final class ForgetfulStore implements DhtStore {
  @Override
  public void replay(Section section, RowVisitor visitor) {}

  @Override
  public void put(Section section, Slice key, long expiresAtMillis, Slice value) {}

  @Override
  public void delete(Section section, Slice key) {}

  @Override
  public List<NodeAddress> nodes() {
    return List.of();
  }

  @Override
  public void saveNodes(List<NodeAddress> nodes) {}

  @Override
  public @Nullable Slice meta(String name) {
    return null;
  }

  @Override
  public void putMeta(String name, Slice value) {}

  @Override
  public void commit() {}

  @Override
  public long skippedRows() {
    return 0;
  }

  @Override
  public void close() {}
}
