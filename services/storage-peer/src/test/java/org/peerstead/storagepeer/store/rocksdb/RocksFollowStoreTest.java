package org.peerstead.storagepeer.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.hypercore.store.StorageException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.storagepeer.follow.FollowedCore;

class RocksFollowStoreTest {
  @TempDir Path folder;

  private static FollowedCore core(int number) {
    byte[] key = new byte[32];
    key[0] = (byte) number;
    return FollowedCore.begin(
        Fixed32.of(key), "ann", FollowedCore.Origin.FOLLOWED, 1, number, 1000);
  }

  private static List<FollowedCore> read(RocksFollowStore store) {
    var all = new ArrayList<FollowedCore>();
    store.visit(all::add);
    return all;
  }

  @Test
  void write_shouldBeThereAfterOpeningAgain() {
    try (RocksFollowStore store = RocksFollowStore.open(folder.resolve("follows"))) {
      store.write(List.of(core(1), core(2), core(3)), List.of());
      store.write(List.of(core(2).withPin(true)), List.of(core(1).key()));
    }
    try (RocksFollowStore store = RocksFollowStore.open(folder.resolve("follows"))) {
      assertThat(read(store)).containsExactly(core(2).withPin(true), core(3));
    }
  }

  @Test
  void open_shouldRefuseASecondUser() {
    try (RocksFollowStore store = RocksFollowStore.open(folder.resolve("follows"))) {
      assertThat(read(store)).isEmpty();
      assertThatThrownBy(() -> RocksFollowStore.open(folder.resolve("follows")))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("follows");
    }
  }

  @Test
  void checkpoint_shouldBeAStoreOfItsOwn() {
    try (RocksFollowStore store = RocksFollowStore.open(folder.resolve("follows"))) {
      store.write(List.of(core(1)), List.of());
      store.checkpoint(folder.resolve("copy"));
      store.write(List.of(core(2)), List.of());
    }
    try (RocksFollowStore copy = RocksFollowStore.open(folder.resolve("copy"))) {
      assertThat(read(copy)).containsExactly(core(1));
    }
  }

  @Test
  void use_shouldFailAfterClose() {
    RocksFollowStore store = RocksFollowStore.open(folder.resolve("follows"));
    store.close();
    store.close();
    assertThatThrownBy(() -> store.write(List.of(), List.of()))
        .isInstanceOf(StorageException.class);
  }
}
