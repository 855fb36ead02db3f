package org.peerstead.hypercore.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStore;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStoreConfig;

class RocksCoreStoreTest extends CoreStoreContract {
  private static final RocksCoreStoreConfig CONFIG =
      new RocksCoreStoreConfig(16 << 20, 8 << 20, 64);

  @TempDir private Path folder;
  private RocksCoreStore store;

  @BeforeEach
  void open() {
    store = RocksCoreStore.open(folder.resolve("cores"), CONFIG);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Override
  CoreStore store() {
    return store;
  }

  @Test
  void open_shouldFindWhatWasStored() {
    var alias = new CoreAlias(filled(0), "name");
    CoreRecord record = store.create(filled(1), text("m"), alias);
    store.delete(store.create(filled(2), null, null));
    store.storage(record).batch().block(7, text("b")).contiguousLength(1).commit();
    close();
    open();
    assertThat(store.find(alias)).isEqualTo(record);
    assertThat(store.coreCount()).isEqualTo(1);
    assertThat(store.storage(record).block(7)).isEqualTo(text("b"));
    assertThat(store.create(filled(3), null, null).id()).isEqualTo(2);
  }

  @Test
  void open_shouldRefuseADirectoryInUseOrNotADirectory() throws Exception {
    assertThatThrownBy(() -> RocksCoreStore.open(folder.resolve("cores"), CONFIG))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("in use");
    Path file = Files.createFile(folder.resolve("file"));
    assertThatThrownBy(() -> RocksCoreStore.open(file, CONFIG))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void calls_shouldFailCleanlyAfterClose() {
    CoreStorage core = store.storage(store.create(filled(1), null, null));
    CoreBatch batch = core.batch().block(0, text("b"));
    close();
    assertThatThrownBy(() -> core.block(0)).isInstanceOf(StorageException.class);
    assertThatThrownBy(batch::commit).isInstanceOf(StorageException.class);
    assertThatThrownBy(() -> store.find(filled(1))).isInstanceOf(StorageException.class);
  }
}
