package org.peerstead.hypercore.store.rocksdb;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.store.CoreAlias;
import org.peerstead.hypercore.store.CoreRecord;
import org.peerstead.hypercore.store.CoreStorage;
import org.peerstead.hypercore.store.CoreStore;
import org.peerstead.hypercore.store.StorageException;
import org.peerstead.securestream.crypto.Namespaces;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Cores in a RocksDB directory, which one process may have open at a time. Thread-safe; calls enter
 * native code and hold their carrier thread while they do. A core that nobody reads or writes costs
 * no memory.
 *
 * <p>A future of {@link #sync} completes on the thread that syncs: what hangs on it must be short.
 */
public final class RocksCoreStore implements CoreStore {
  private static final String FORMAT = "1";
  private static final int BY_DISCOVERY_KEY = 0;
  private static final int BY_ALIAS = 1;

  /** Buffers that grew larger for a batch are not kept for the next. */
  private static final int MAX_KEPT_BUFFER_BYTES = 1 << 20;

  private static final int FIRST_BUFFER_BYTES = 1024;

  private final Database database;
  private final Syncer syncer;
  private final SpaceReclaimer reclaimer;
  private final AtomicReference<byte @Nullable []> spareBuffer = new AtomicReference<>();
  private final AtomicReference<@Nullable LargeBlocks> spareLargeBlocks = new AtomicReference<>();

  /** Guards the directory rows, which are read before they are written, and the fields below. */
  private final Object directory = new Object();

  private long nextId;
  private long count;

  private RocksCoreStore(Database database) {
    this.database = database;
    readFacts();
    this.syncer = new Syncer(database, Syncer.QUIET);
    this.reclaimer = new SpaceReclaimer(database);
  }

  /**
   * Opens or creates the store.
   *
   * @throws StorageException with a message fit for an operator: in use by another process, not
   *     writable, damaged, or written by a newer version
   */
  public static RocksCoreStore open(Path directory, RocksCoreStoreConfig config) {
    Database database = Database.open(directory, config);
    try {
      var store = new RocksCoreStore(database);
      store.syncer.start();
      return store;
    } catch (StorageException e) {
      database.close();
      throw e;
    }
  }

  private static RowKey fact(String name) {
    return new RowKey().text(name);
  }

  private void readFacts() {
    byte[] format = database.get(Family.FACTS, fact("format"));
    if (format == null) {
      var batch = new SerializedBatch(takeBuffer());
      batch.put(
          database.id(Family.FACTS),
          fact("format"),
          Slice.of(FORMAT.getBytes(StandardCharsets.UTF_8)));
      putCounters(batch, 0, 0);
      database.write(batch.finish());
      return;
    }
    String version = new String(format, StandardCharsets.UTF_8);
    if (!version.equals(FORMAT)) {
      throw new StorageException(
          "The store of cores has format "
              + version
              + ", this program knows only "
              + FORMAT
              + ": use the version that wrote it, or a newer one");
    }
    byte[] counters = database.get(Family.FACTS, fact("cores"));
    if (counters == null) {
      throw new StorageException("The store of cores has lost its counters");
    }
    try {
      var reader = new CompactReader(counters, 0, counters.length);
      nextId = reader.uint();
      count = reader.uint();
    } catch (EncodingException e) {
      throw new StorageException("The counters of the store of cores are damaged", e);
    }
  }

  private void putCounters(SerializedBatch batch, long newNextId, long newCount) {
    batch.put(
        database.id(Family.FACTS),
        fact("cores"),
        new CompactWriter().uint(newNextId).uint(newCount).toSlice());
  }

  private static RowKey recordKey(Fixed32 discoveryKey) {
    return new RowKey().tag(BY_DISCOVERY_KEY).raw(discoveryKey.toBytes());
  }

  private static RowKey aliasKey(CoreAlias alias) {
    return new RowKey().tag(BY_ALIAS).raw(alias.namespace().toBytes()).text(alias.name());
  }

  @Override
  public @Nullable CoreRecord find(Fixed32 discoveryKey) {
    byte[] row = database.get(Family.CORES, recordKey(discoveryKey));
    return row == null ? null : CoreRecordCodec.decode(discoveryKey, row);
  }

  @Override
  public @Nullable CoreRecord find(CoreAlias alias) {
    Fixed32 discoveryKey = named(alias);
    return discoveryKey == null ? null : find(discoveryKey);
  }

  private @Nullable Fixed32 named(CoreAlias alias) {
    byte[] row = database.get(Family.CORES, aliasKey(alias));
    if (row == null) {
      return null;
    }
    if (row.length != Fixed32.SIZE) {
      throw new StorageException("The row of the name " + alias.name() + " is damaged");
    }
    return Fixed32.of(row);
  }

  @Override
  public CoreRecord create(Fixed32 key, @Nullable Slice manifest, @Nullable CoreAlias alias) {
    Fixed32 discoveryKey = Namespaces.discoveryKey(key);
    if (alias != null) {
      checkName(alias);
    }
    synchronized (directory) {
      Fixed32 named = alias == null ? null : named(alias);
      if (named != null && !named.equals(discoveryKey)) {
        throw new StorageException("Another core has the name already: " + alias);
      }
      CoreRecord known = find(discoveryKey);
      var record =
          known == null
              ? new CoreRecord(nextId, key, discoveryKey, copy(manifest), alias)
              : new CoreRecord(
                  known.id(),
                  key,
                  discoveryKey,
                  known.manifest() == null ? copy(manifest) : known.manifest(),
                  known.alias() == null ? alias : known.alias());
      if (record.equals(known)) {
        return record;
      }
      var batch = new SerializedBatch(takeBuffer());
      putRecord(batch, record);
      CoreAlias name = record.alias();
      if (name != null) {
        batch.put(database.id(Family.CORES), aliasKey(name), discoveryKey.toSlice());
      }
      if (known == null) {
        putCounters(batch, nextId + 1, count + 1);
      }
      database.write(batch.finish());
      giveBackBuffer(batch.buffer());
      if (known == null) {
        nextId++;
        count++;
      }
      return record;
    }
  }

  private static @Nullable Slice copy(@Nullable Slice slice) {
    return slice == null ? null : slice.copy();
  }

  private static void checkName(CoreAlias alias) {
    int bytes = alias.name().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > CoreAlias.MAX_NAME_BYTES) {
      throw new IllegalArgumentException(
          "a name of " + bytes + " bytes, above " + CoreAlias.MAX_NAME_BYTES);
    }
  }

  private void putRecord(SerializedBatch batch, CoreRecord record) {
    batch.put(
        database.id(Family.CORES),
        recordKey(record.discoveryKey()),
        Slice.of(CoreRecordCodec.encode(record)));
  }

  /** Writes the rows of a batch together with the core's manifest. */
  void writeWithManifest(
      CoreRecord core, Slice manifest, SerializedBatch batch, @Nullable LargeBlocks large) {
    synchronized (directory) {
      CoreRecord known = find(core.discoveryKey());
      if (known == null || known.id() != core.id()) {
        throw new StorageException("Core " + core.key() + " was deleted");
      }
      putRecord(
          batch,
          new CoreRecord(known.id(), known.key(), known.discoveryKey(), manifest, known.alias()));
      database.write(batch.finish(), large);
    }
  }

  @Override
  public void visit(Predicate<CoreRecord> visitor) {
    visit(null, visitor);
  }

  @Override
  public void visit(@Nullable Fixed32 after, Predicate<CoreRecord> visitor) {
    byte[] from = {BY_DISCOVERY_KEY};
    if (after != null) {
      // The key itself and one more byte: the first row behind it.
      from = new byte[1 + Fixed32.SIZE + 1];
      from[0] = BY_DISCOVERY_KEY;
      after.copyTo(from, 1);
    }
    database.scan(
        Family.CORES,
        from,
        new byte[] {BY_ALIAS},
        (key, row) ->
            visitor.test(
                CoreRecordCodec.decode(Fixed32.of(Arrays.copyOfRange(key, 1, key.length)), row)));
  }

  @Override
  public long coreCount() {
    synchronized (directory) {
      return count;
    }
  }

  @Override
  public CoreStorage storage(CoreRecord core) {
    return new RocksCoreStorage(this, database, core);
  }

  @Override
  public void delete(CoreRecord core) {
    synchronized (directory) {
      CoreRecord known = find(core.discoveryKey());
      if (known == null || known.id() != core.id()) {
        return;
      }
      var batch = new SerializedBatch(takeBuffer());
      batch.delete(database.id(Family.CORES), recordKey(known.discoveryKey()));
      CoreAlias alias = known.alias();
      if (alias != null) {
        batch.delete(database.id(Family.CORES), aliasKey(alias));
      }
      RowKey from = new RowKey().number(known.id());
      RowKey to = new RowKey().number(known.id() + 1);
      for (Family family : new Family[] {Family.HEADS, Family.BLOCKS, Family.NODES, Family.PAGES}) {
        batch.deleteRange(database.id(family), from, to);
      }
      putCounters(batch, nextId, count - 1);
      database.write(batch.finish());
      giveBackBuffer(batch.buffer());
      count--;
    }
    reclaim(core, 0, Long.MAX_VALUE);
  }

  /** Has the space of deleted blocks given back. */
  void reclaim(CoreRecord core, long from, long to) {
    reclaimer.add(core.id(), from, to);
  }

  /** A buffer to build a batch in. */
  byte[] takeBuffer() {
    byte[] spare = spareBuffer.getAndSet(null);
    return spare == null ? new byte[FIRST_BUFFER_BYTES] : spare;
  }

  /** Keeps a buffer for the next batch. */
  void giveBackBuffer(byte[] buffer) {
    if (buffer.length <= MAX_KEPT_BUFFER_BYTES) {
      spareBuffer.set(buffer);
    }
  }

  /** Room for the large blocks of a batch. */
  LargeBlocks takeLargeBlocks() {
    LargeBlocks spare = spareLargeBlocks.getAndSet(null);
    return spare == null ? new LargeBlocks() : spare;
  }

  /** Keeps the room for the next batch. */
  void giveBackLargeBlocks(LargeBlocks large) {
    large.clear();
    spareLargeBlocks.set(large);
  }

  @Override
  public CompletableFuture<Void> sync() {
    return syncer.sync();
  }

  /** What {@link #sync} has cost so far. */
  public SyncStats syncStats() {
    return syncer.stats();
  }

  @Override
  public void checkpoint(Path target) throws IOException {
    database.checkpoint(target);
  }

  @Override
  public long diskBytes() {
    return database.diskBytes();
  }

  /** Serves who waits for {@link #sync}, writes what is in memory to files, and closes them. */
  @Override
  public void close() {
    reclaimer.close();
    syncer.close();
    database.close();
  }
}
