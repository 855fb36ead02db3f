package org.peerstead.merge.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.merge.store.rocksdb.RocksDocumentStore;
import org.peerstead.merge.store.rocksdb.RocksStoreConfig;

class RocksDocumentStoreTest extends DocumentStoreContract {
  @TempDir private Path folder;
  private RocksDocumentStore store;

  @BeforeEach
  void open() {
    store = RocksDocumentStore.open(folder, RocksStoreConfig.DEFAULT);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Override
  DocumentStore store() {
    return store;
  }

  @Test
  void reopen_shouldFindWhatWasWritten() {
    byte[] large = new byte[100_000];
    large[99_999] = 1;
    store.write(
        List.of(
            new StoreOperation.PutSnapshot(A, large),
            new StoreOperation.PutRecord(A, record(0, 0))));
    String storageId = store.storageId();

    close();
    open();

    assertThat(store.storageId()).isEqualTo(storageId);
    assertThat(store.record(A)).contains(record(0, 0));
    assertThat(store.chunks(A, record(0, 0))).containsExactly(large);
  }

  @Test
  void open_shouldRefuseAFolderInUse() {
    assertThatThrownBy(() -> RocksDocumentStore.open(folder, RocksStoreConfig.DEFAULT))
        .isInstanceOfSatisfying(
            StorageException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(StorageException.Kind.LOCKED);
              assertThat(e.getMessage()).contains(folder.toString()).contains("--data");
            });
  }

  @Test
  void open_shouldNameAFolderThatIsAFile() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    assertThatThrownBy(() -> RocksDocumentStore.open(file, RocksStoreConfig.DEFAULT))
        .isInstanceOfSatisfying(
            StorageException.class,
            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.NOT_ACCESSIBLE));
  }

  @Test
  void calls_shouldFailCleanlyAfterClose() {
    close();
    assertThatThrownBy(() -> store.record(A))
        .isInstanceOfSatisfying(
            StorageException.class,
            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.CLOSED));
    store.close();
  }
}
