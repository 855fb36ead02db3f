package org.peerstead.discovery.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.discovery.store.DhtStore.Section;
import org.peerstead.discovery.store.DhtStoreContract;
import org.peerstead.discovery.store.StorageException;
import org.peerstead.securestream.encoding.Slice;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;

class RocksDhtStoreTest extends DhtStoreContract {
  private static final RocksDhtStoreConfig CONFIG = new RocksDhtStoreConfig(1 << 20, 1 << 20);

  @TempDir private Path folder;

  @Override
  protected DhtStore create() {
    return reopen();
  }

  @Override
  protected DhtStore reopen() {
    return RocksDhtStore.open(folder.resolve("dht"), CONFIG);
  }

  @Test
  void open_shouldRefuseADirectoryInUse() {
    Path directory = folder.resolve("shared");
    try (var first = RocksDhtStore.open(directory, CONFIG)) {
      assertThatThrownBy(() -> RocksDhtStore.open(directory, CONFIG))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("in use");
      first.commit();
    }
    RocksDhtStore.open(directory, CONFIG).close();
  }

  @Test
  void calls_shouldBeRefusedAfterClose() {
    RocksDhtStore store = RocksDhtStore.open(folder.resolve("closed"), CONFIG);
    store.close();
    assertThatThrownBy(store::commit).isInstanceOf(StorageException.class);
    assertThatThrownBy(() -> store.put(Section.ROUTES, key(1), 1, Slice.EMPTY))
        .isInstanceOf(StorageException.class);
    assertThatThrownBy(() -> store.replay(Section.ROUTES, (key, expiresAt, value) -> {}))
        .isInstanceOf(StorageException.class);
  }

  @Test
  void replay_shouldSkipRowsThatAreNone() throws Exception {
    Path directory = folder.resolve("rows");
    try (var store = RocksDhtStore.open(directory, CONFIG)) {
      store.put(Section.RECORDS, key(1), 1, Slice.EMPTY);
    }
    try (var options = new Options();
        RocksDB db = RocksDB.open(options, directory.resolve("rows").toString())) {
      db.put(new byte[] {1, 7}, new byte[] {1, 2, 3});
      db.put(new byte[] {1}, new byte[20]);
      db.put(new byte[] {1, 8}, new byte[] {9, 0, 0, 0, 0, 0, 0, 0, 0});
    }
    try (var store = RocksDhtStore.open(directory, CONFIG)) {
      assertThat(count(store)).isEqualTo(1);
      assertThat(store.skippedRows()).isEqualTo(3);
    }
    try (var store = RocksDhtStore.open(directory, CONFIG)) {
      assertThat(count(store)).isEqualTo(1);
      assertThat(store.skippedRows()).isZero();
    }
  }

  @Test
  void open_shouldSaveWhatCanBeReadOfADamagedFile() throws Exception {
    Path directory = folder.resolve("damaged");
    int rows = 40_000;
    fill(directory, rows);
    overwrite(largest(directory.resolve("rows"), ".sst"), 0.5, 200);
    try (var store = RocksDhtStore.open(directory, CONFIG)) {
      assertThat(store.skippedRows()).isPositive();
      assertThat(count(store)).isBetween(rows * 9 / 10, rows - 1);
      store.put(Section.RECORDS, key(-1), 1, Slice.EMPTY);
    }
    try (var store = RocksDhtStore.open(directory, CONFIG)) {
      assertThat(store.skippedRows()).isZero();
      assertThat(count(store)).isBetween(rows * 9 / 10, rows);
    }
  }

  @Test
  void open_shouldBeginEmptyWhenNothingCanBeRead() throws Exception {
    Path directory = folder.resolve("lost");
    fill(directory, 100);
    Path rows = directory.resolve("rows");
    overwrite(largest(rows, "CURRENT"), 0, 8);
    try (var store = RocksDhtStore.open(directory, CONFIG)) {
      assertThat(store.skippedRows()).isEqualTo(1);
      assertThat(count(store)).isZero();
      store.put(Section.RECORDS, key(1), 1, Slice.EMPTY);
    }
    assertThat(directory.resolve("rows.damaged")).isDirectory();
    try (var store = RocksDhtStore.open(directory, CONFIG)) {
      assertThat(count(store)).isEqualTo(1);
    }
  }

  @Test
  void open_shouldFinishAnInterruptedRepair() throws Exception {
    Path directory = folder.resolve("repair");
    fill(directory, 10);
    Files.move(directory.resolve("rows"), directory.resolve("rows.salvaged"));
    try (var store = RocksDhtStore.open(directory, CONFIG)) {
      assertThat(count(store)).isEqualTo(10);
    }
    // A copy that was not finished beside the database that it is made from.
    Files.createDirectory(directory.resolve("rows.salvaged"));
    Files.writeString(directory.resolve("rows.salvaged").resolve("CURRENT"), "half");
    try (var store = RocksDhtStore.open(directory, CONFIG)) {
      assertThat(count(store)).isEqualTo(10);
    }
    assertThat(directory.resolve("rows.salvaged")).doesNotExist();
  }

  @Test
  void commit_shouldLoseOnlyTheTornTailOfTheLog() throws Exception {
    Path directory = folder.resolve("torn");
    Path copy = folder.resolve("copy");
    try (var store = RocksDhtStore.open(directory, CONFIG)) {
      for (int i = 0; i < 100; i++) {
        store.put(Section.RECORDS, key(i), 1, Slice.of(new byte[100]));
        store.commit();
      }
      // As a process leaves it that is killed in the middle of a write.
      copy(directory, copy);
    }
    Path log = largest(copy.resolve("rows"), ".log");
    try (SeekableByteChannel channel = Files.newByteChannel(log, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 50);
    }
    try (var store = RocksDhtStore.open(copy, CONFIG)) {
      assertThat(count(store)).isEqualTo(99);
      assertThat(store.skippedRows()).isZero();
    }
  }

  @Test
  void diskBytes_shouldStayBoundedWhileRowsComeAndGo() throws Exception {
    Path directory = folder.resolve("churn");
    RandomGenerator random = new SplittableRandom(3);
    byte[] value = new byte[100];
    int live = 2_000;
    try (var store = RocksDhtStore.open(directory, CONFIG)) {
      for (int i = 0; i < 200_000; i++) {
        random.nextBytes(value);
        store.put(Section.RECORDS, key(i), i, Slice.of(value));
        if (i >= live) {
          store.delete(Section.RECORDS, key(i - live));
        }
        if (i % 50 == 0) {
          store.commit();
        }
      }
      store.commit();
      // 200,000 rows were 25 MB; the log and the write buffers explain some MiB.
      assertThat(store.diskBytes()).isLessThan(12L << 20);
      assertThat(count(store)).isEqualTo(live);
    }
  }

  private static void fill(Path directory, int rows) {
    try (var store = RocksDhtStore.open(directory, CONFIG)) {
      for (int i = 0; i < rows; i++) {
        store.put(Section.RECORDS, key(i), i, Slice.of(new byte[100]));
        if (i % 100 == 0) {
          store.commit();
        }
      }
    }
  }

  private static int count(DhtStore store) {
    var count = new AtomicInteger();
    store.replay(Section.RECORDS, (key, expiresAt, value) -> count.incrementAndGet());
    return count.get();
  }

  private static Slice key(int number) {
    // Spread over the keys, as hashes are.
    return Slice.of(ByteBuffer.allocate(8).putInt(number * 0x9E3779B1).putInt(number).array());
  }

  private static Path largest(Path folder, String suffix) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(suffix))
          .max(Comparator.comparingLong(file -> file.toFile().length()))
          .orElseThrow();
    }
  }

  private static void overwrite(Path file, double where, int bytes) throws IOException {
    try (SeekableByteChannel channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
      channel.position((long) (channel.size() * where));
      channel.write(ByteBuffer.wrap(new byte[bytes]));
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : List.copyOf(files.toList())) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }
}
