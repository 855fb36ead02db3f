package org.peerstead.hypercore.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.hypercore.store.StorageException;
import org.peerstead.securestream.encoding.Slice;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;

class DatabaseTest {
  private static final RocksCoreStoreConfig CONFIG = new RocksCoreStoreConfig(4 << 20, 1 << 20, 64);

  @TempDir private Path folder;

  private static Slice text(String text) {
    return Slice.of(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void open_shouldRefuseANewerFormatAndLeaveItAlone() {
    try (Database database = Database.open(folder, CONFIG)) {
      var batch = new SerializedBatch(new byte[16]);
      batch.put(database.id(Family.FACTS), new RowKey().text("format"), text("9"));
      database.write(batch.finish());
    }
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> RocksCoreStore.open(folder, CONFIG))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("format 9");
    }
  }

  @Test
  void open_shouldRefuseFamiliesItDoesNotKnow() throws Exception {
    Path other = folder.resolve("other");
    try (var options = new Options().setCreateIfMissing(true);
        RocksDB db = RocksDB.open(options, other.toString())) {
      db.createColumnFamily(new ColumnFamilyDescriptor("novelty".getBytes(StandardCharsets.UTF_8)))
          .close();
    }
    assertThatThrownBy(() -> RocksCoreStore.open(other, CONFIG))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("novelty");
  }

  @Test
  void open_shouldNameAFileThatIsDamaged() throws Exception {
    RocksCoreStore.open(folder, CONFIG).close();
    Files.writeString(folder.resolve("CURRENT"), "nonsense\n");
    assertThatThrownBy(() -> RocksCoreStore.open(folder, CONFIG))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining(folder.toString());
  }

  @Test
  void write_shouldRefuseEverythingAfterABatchThatFailed() {
    try (Database database = Database.open(folder, CONFIG)) {
      byte[] broken = new byte[12];
      broken[8] = 3;
      assertThatThrownBy(() -> database.write(broken)).isInstanceOf(StorageException.class);
      assertThat(database.failure()).isNotNull();
      byte[] sound =
          new SerializedBatch(new byte[16])
              .put(database.id(Family.HEADS), RowKey.of(1, 1), text("x"))
              .finish();
      assertThatThrownBy(() -> database.write(sound))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("earlier failure");
      assertThatThrownBy(database::syncLog).isInstanceOf(StorageException.class);
      var syncer = new Syncer(database, Syncer.QUIET);
      assertThat(syncer.sync()).isCompletedExceptionally();
      assertThat(database.get(Family.HEADS, RowKey.of(1, 1))).isNull();
    }
  }

  @Test
  void scan_shouldSeeTheRowsOfItsBeginning() {
    try (Database database = Database.open(folder, CONFIG)) {
      var first = new SerializedBatch(new byte[16]);
      for (int i = 0; i < 5; i++) {
        first.put(database.id(Family.PAGES), RowKey.of(1, i), text("x"));
      }
      database.write(first.finish());
      List<Long> seen = new ArrayList<>();
      database.scan(
          Family.PAGES,
          RowKey.of(1, 1).toByteArray(),
          RowKey.of(2, 0).toByteArray(),
          (key, value) -> {
            database.write(
                new SerializedBatch(new byte[16])
                    .delete(database.id(Family.PAGES), RowKey.of(1, 4))
                    .put(database.id(Family.PAGES), RowKey.of(1, 9), text("y"))
                    .finish());
            seen.add(RowKey.numberAt(key, 2));
            return true;
          });
      assertThat(seen).containsExactly(1L, 2L, 3L, 4L);
    }
  }

  @Test
  void syncer_shouldFlushTheLogOfAQuietStore() {
    try (Database database =
            Database.open(folder, new RocksCoreStoreConfig(32 << 20, 32 << 20, 64));
        var syncer = new Syncer(database, Duration.ofMillis(50))) {
      syncer.start();
      var batch = new SerializedBatch(new byte[16]);
      batch.put(database.id(Family.BLOCKS), RowKey.of(1, 1), new byte[3 << 20]);
      database.write(batch.finish());
      assertThat(database.logBytes()).isGreaterThan(3 << 20);
      assertThat(syncer.sync()).succeedsWithin(Duration.ofSeconds(20));
      await().untilAsserted(() -> assertThat(database.logBytes()).isLessThan(1 << 20));
      assertThat(syncer.stats().rounds()).isEqualTo(1);
      assertThat(syncer.stats().nanos()).isPositive();
      assertThat(syncer.sync()).isCompleted();
    }
  }
}
