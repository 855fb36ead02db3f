package org.peerstead.hypercore.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.securestream.crypto.Namespaces;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Cores that live as long as this object. Thread-safe. Closing changes nothing, so that a next
 * owner can go on with what the one before left.
 */
public final class InMemoryCoreStore implements CoreStore {
  private final TreeMap<Fixed32, CoreRecord> records = new TreeMap<>();
  private final Map<CoreAlias, Fixed32> aliases = new HashMap<>();
  private final Map<Long, Rows> rows = new HashMap<>();
  private long nextId;

  /** An empty store. */
  public InMemoryCoreStore() {}

  @Override
  public synchronized @Nullable CoreRecord find(Fixed32 discoveryKey) {
    return records.get(discoveryKey);
  }

  @Override
  public synchronized @Nullable CoreRecord find(CoreAlias alias) {
    Fixed32 discoveryKey = aliases.get(alias);
    return discoveryKey == null ? null : records.get(discoveryKey);
  }

  @Override
  public synchronized CoreRecord create(
      Fixed32 key, @Nullable Slice manifest, @Nullable CoreAlias alias) {
    Fixed32 discoveryKey = Namespaces.discoveryKey(key);
    if (alias != null) {
      checkName(alias);
      Fixed32 named = aliases.get(alias);
      if (named != null && !named.equals(discoveryKey)) {
        throw new StorageException("The name " + alias.name() + " belongs to another core");
      }
    }
    CoreRecord known = records.get(discoveryKey);
    @Nullable Slice knownManifest = known == null ? null : known.manifest();
    @Nullable CoreAlias knownAlias = known == null ? null : known.alias();
    if (known == null) {
      rows.put(nextId, new Rows());
    }
    var record =
        new CoreRecord(
            known == null ? nextId++ : known.id(),
            key,
            discoveryKey,
            knownManifest == null && manifest != null ? manifest.copy() : knownManifest,
            knownAlias == null ? alias : knownAlias);
    records.put(discoveryKey, record);
    if (record.alias() != null) {
      aliases.put(record.alias(), discoveryKey);
    }
    return record;
  }

  private static void checkName(CoreAlias alias) {
    int bytes = alias.name().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > CoreAlias.MAX_NAME_BYTES) {
      throw new IllegalArgumentException(
          "a name of " + bytes + " bytes, above " + CoreAlias.MAX_NAME_BYTES);
    }
  }

  @Override
  public void visit(Predicate<CoreRecord> visitor) {
    List<CoreRecord> all;
    synchronized (this) {
      all = List.copyOf(records.values());
    }
    for (CoreRecord record : all) {
      if (!visitor.test(record)) {
        return;
      }
    }
  }

  @Override
  public synchronized long coreCount() {
    return records.size();
  }

  @Override
  public synchronized CoreStorage storage(CoreRecord core) {
    Rows found = rows.get(core.id());
    if (found == null) {
      throw new StorageException("No core " + core.key() + " in this store");
    }
    return new Storage(core.discoveryKey(), found);
  }

  @Override
  public synchronized void delete(CoreRecord core) {
    CoreRecord current = records.get(core.discoveryKey());
    if (current != null && current.id() == core.id()) {
      records.remove(core.discoveryKey());
      rows.remove(core.id());
      if (current.alias() != null) {
        aliases.remove(current.alias());
      }
    }
  }

  @Override
  public CompletableFuture<Void> sync() {
    return CompletableFuture.completedFuture(null);
  }

  /** Not possible: throws {@link IOException}. */
  @Override
  public void checkpoint(Path directory) throws IOException {
    throw new IOException("A store in memory has no files to copy to " + directory);
  }

  /** 0. */
  @Override
  public long diskBytes() {
    return 0;
  }

  @Override
  public void close() {}

  private synchronized void setManifest(Fixed32 discoveryKey, Slice manifest) {
    records.computeIfPresent(
        discoveryKey,
        (ignored, old) ->
            new CoreRecord(old.id(), old.key(), old.discoveryKey(), manifest, old.alias()));
  }

  /** What is stored of one core; guarded by itself. */
  private static final class Rows {
    @Nullable StoredHead head;
    long contiguousLength;
    final TreeMap<Long, TreeNode> nodes = new TreeMap<>();
    final TreeMap<Long, Slice> blocks = new TreeMap<>();
    final TreeMap<Long, long[]> pages = new TreeMap<>();
    final Map<String, Slice> userData = new HashMap<>();
  }

  private final class Storage implements CoreStorage {
    private final Fixed32 discoveryKey;
    private final Rows rows;

    Storage(Fixed32 discoveryKey, Rows rows) {
      this.discoveryKey = discoveryKey;
      this.rows = rows;
    }

    @Override
    public @Nullable StoredHead head() {
      synchronized (rows) {
        return rows.head;
      }
    }

    @Override
    public long contiguousLength() {
      synchronized (rows) {
        return rows.contiguousLength;
      }
    }

    @Override
    public @Nullable TreeNode node(long index) {
      synchronized (rows) {
        return rows.nodes.get(index);
      }
    }

    @Override
    public @Nullable Slice block(long index) {
      synchronized (rows) {
        return rows.blocks.get(index);
      }
    }

    @Override
    public void visitPages(PageVisitor visitor) {
      Map<Long, long[]> copy = new TreeMap<>();
      synchronized (rows) {
        rows.pages.forEach((page, words) -> copy.put(page, words.clone()));
      }
      copy.forEach(visitor::page);
    }

    @Override
    public @Nullable Slice userData(String key) {
      synchronized (rows) {
        return rows.userData.get(key);
      }
    }

    @Override
    public CoreBatch batch() {
      return new Batch(discoveryKey, rows);
    }
  }

  private final class Batch implements CoreBatch {
    private final Fixed32 discoveryKey;
    private final Rows rows;
    private final List<Runnable> changes = new ArrayList<>();
    private @Nullable Slice manifest;
    private boolean isCommitted;

    Batch(Fixed32 discoveryKey, Rows rows) {
      this.discoveryKey = discoveryKey;
      this.rows = rows;
    }

    @Override
    public CoreBatch head(StoredHead head) {
      var copy =
          new StoredHead(
              head.fork(),
              head.length(),
              head.byteLength(),
              head.treeHash(),
              head.signature().copy());
      return add(() -> rows.head = copy);
    }

    @Override
    public CoreBatch contiguousLength(long blocks) {
      return add(() -> rows.contiguousLength = blocks);
    }

    @Override
    public CoreBatch node(TreeNode node) {
      return add(() -> rows.nodes.put(node.index(), node));
    }

    @Override
    public CoreBatch deleteNodes(long from, long to) {
      return from < to ? add(() -> rows.nodes.subMap(from, to).clear()) : this;
    }

    @Override
    public CoreBatch block(long index, Slice value) {
      Slice copy = value.copy();
      return add(() -> rows.blocks.put(index, copy));
    }

    @Override
    public CoreBatch deleteBlocks(long from, long to) {
      return from < to ? add(() -> rows.blocks.subMap(from, to).clear()) : this;
    }

    @Override
    public CoreBatch page(long page, long[] words) {
      if (words.length != CoreStorage.PAGE_BITS / Long.SIZE) {
        throw new IllegalArgumentException(words.length + " words are not a page");
      }
      long any = 0;
      for (long word : words) {
        any |= word;
      }
      if (any == 0) {
        return add(() -> rows.pages.remove(page));
      }
      long[] copy = words.clone();
      return add(() -> rows.pages.put(page, copy));
    }

    @Override
    public CoreBatch manifest(Slice encoded) {
      manifest = encoded.copy();
      return this;
    }

    @Override
    public CoreBatch userData(String key, Slice value) {
      if (value.isEmpty()) {
        return add(() -> rows.userData.remove(key));
      }
      Slice copy = value.copy();
      return add(() -> rows.userData.put(key, copy));
    }

    private CoreBatch add(Runnable change) {
      changes.add(change);
      return this;
    }

    @Override
    public boolean isEmpty() {
      return changes.isEmpty() && manifest == null;
    }

    @Override
    public void commit() {
      if (isCommitted) {
        throw new IllegalStateException("a batch is used once");
      }
      isCommitted = true;
      synchronized (rows) {
        changes.forEach(Runnable::run);
      }
      if (manifest != null) {
        setManifest(discoveryKey, manifest);
      }
    }
  }
}
