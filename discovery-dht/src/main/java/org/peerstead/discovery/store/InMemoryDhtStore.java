package org.peerstead.discovery.store;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Slice;

/**
 * A store that lives as long as the object: for tests and simulations, where a node "restarts" with
 * the store of the one before. {@link #close} commits and leaves the content readable; the next
 * node may use the same object. Not thread-safe.
 */
public final class InMemoryDhtStore implements DhtStore {
  private record Row(long expiresAtMillis, Slice value) {}

  private final Map<Section, Map<Slice, Row>> sections = new EnumMap<>(Section.class);
  private final Map<String, Slice> meta = new HashMap<>();
  private final List<Runnable> pending = new ArrayList<>();
  private List<NodeAddress> nodes = List.of();

  /** An empty store. */
  public InMemoryDhtStore() {
    for (Section section : Section.values()) {
      sections.put(section, new LinkedHashMap<>());
    }
  }

  @Override
  public void replay(Section section, RowVisitor visitor) {
    // A copy: visitors delete what has expired, and a commit may follow at once.
    Map.copyOf(rows(section))
        .forEach((key, row) -> visitor.row(key, row.expiresAtMillis, row.value));
  }

  @Override
  public void put(Section section, Slice key, long expiresAtMillis, Slice value) {
    Slice ownKey = checkedKey(key);
    var row = new Row(expiresAtMillis, value.copy());
    pending.add(() -> rows(section).put(ownKey, row));
  }

  @Override
  public void delete(Section section, Slice key) {
    Slice ownKey = checkedKey(key);
    pending.add(() -> rows(section).remove(ownKey));
  }

  private static Slice checkedKey(Slice key) {
    if (key.isEmpty() || key.length() > 64) {
      throw new IllegalArgumentException("key of " + key.length() + " bytes, not 1 to 64");
    }
    return key.copy();
  }

  @Override
  public List<NodeAddress> nodes() {
    return nodes;
  }

  @Override
  public void saveNodes(List<NodeAddress> newNodes) {
    List<NodeAddress> copy = List.copyOf(newNodes);
    pending.add(() -> nodes = copy);
  }

  @Override
  public @Nullable Slice meta(String name) {
    return meta.get(name);
  }

  @Override
  public void putMeta(String name, Slice value) {
    Slice copy = value.copy();
    pending.add(() -> meta.put(name, copy));
  }

  @Override
  public void commit() {
    pending.forEach(Runnable::run);
    pending.clear();
  }

  /** Drops what was not committed, as the death of a process would. */
  public void crash() {
    pending.clear();
  }

  /** Committed rows of a section. */
  public int size(Section section) {
    return rows(section).size();
  }

  @Override
  public long skippedRows() {
    return 0;
  }

  @Override
  public void close() {
    commit();
  }

  private Map<Slice, Row> rows(Section section) {
    Map<Slice, Row> rows = sections.get(section);
    if (rows == null) {
      throw new IllegalStateException("no section " + section);
    }
    return rows;
  }
}
