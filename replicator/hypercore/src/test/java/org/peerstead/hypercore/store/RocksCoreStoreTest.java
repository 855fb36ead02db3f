package org.peerstead.hypercore.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStore;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStoreConfig;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

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

  @Test
  void checkpoint_shouldBeConsistentWhileTheStoreIsWritten() throws Exception {
    CoreRecord record = store.create(filled(1), null, null);
    CoreStorage core = store.storage(record);
    var isDone = new AtomicBoolean();
    Thread writer =
        Thread.ofPlatform()
            .start(() -> {
              for (long i = 0; !isDone.get(); i++) {
                core.batch()
                    .block(i, Slice.of(new byte[i % 10 == 0 ? 5_000 : 100]))
                    .node(new TreeNode(2 * i, 1, filled(2)))
                    .contiguousLength(i + 1)
                    .commit();
              }
            });
    try {
      for (int i = 0; i < 5; i++) {
        store.checkpoint(folder.resolve("copy" + i));
      }
    } finally {
      isDone.set(true);
      writer.join();
    }
    for (int i = 0; i < 5; i++) {
      try (RocksCoreStore copied = RocksCoreStore.open(folder.resolve("copy" + i), CONFIG)) {
        CoreStorage same = copied.storage(record);
        long length = same.contiguousLength();
        for (long block = 0; block < length; block++) {
          assertThat(same.block(block)).isNotNull();
          assertThat(same.node(2 * block)).isNotNull();
        }
        assertThat(same.block(length)).isNull();
        assertThat(same.node(2 * length)).isNull();
      }
    }
    assertThatThrownBy(() -> store.checkpoint(folder.resolve("copy0")))
        .isInstanceOf(IOException.class);
  }

  /** Random bytes, which no compression makes smaller. */
  private static Slice noise(RandomGenerator random, int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return Slice.of(bytes);
  }

  private void append(CoreStorage core, long from, long to, int perCommit, int blockBytes) {
    var random = new SplittableRandom(from);
    byte[] hash = new byte[Fixed32.SIZE];
    Slice signature = noise(random, 66);
    for (long i = from; i < to; ) {
      CoreBatch batch = core.batch();
      long end = Math.min(to, i + perCommit);
      for (; i < end; i++) {
        batch.block(i, noise(random, blockBytes));
        for (int node = 0; node < 2; node++) {
          random.nextBytes(hash);
          batch.node(new TreeNode(2 * i + node, blockBytes, Fixed32.of(hash)));
        }
      }
      batch
          .head(new StoredHead(0, i, i * blockBytes, Fixed32.of(hash), signature))
          .contiguousLength(i)
          .commit();
    }
  }

  /** npm hypercore 11 takes 216 bytes for a block of 100. */
  @ParameterizedTest
  @ValueSource(ints = {1, 100})
  void disk_shouldTakeNoMoreThanNpmHypercoreHoweverBlocksAreAppended(int perCommit) {
    append(newCore(1), 0, 100_000, perCommit, 100);
    store.close();
    open();
    assertThat(store.diskBytes()).isBetween(100_000 * 100L, 100_000 * 216L);
  }

  @Test
  void deleteBlocks_shouldGiveTheirSpaceBack() {
    CoreStorage small = newCore(1);
    CoreStorage large = newCore(2);
    CoreStorage other = newCore(3);
    // In turns, so that blocks of different cores share files.
    for (long i = 0; i < 20; i++) {
      append(small, i * 5_000, (i + 1) * 5_000, 100, 200);
      append(large, i * 75, (i + 1) * 75, 10, 65_536);
      append(other, i * 25, (i + 1) * 25, 10, 65_536);
    }
    long before = store.diskBytes();
    assertThat(before).isGreaterThan(140L << 20);
    small.batch().deleteBlocks(0, 95_000).commit();
    large.batch().deleteBlocks(10, 1_500).commit();
    // Left: 33 MiB in the other core, 7 MiB of nodes, and the log.
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(store.diskBytes()).isLessThan(before * 2 / 5));
    assertThat(small.block(94_999)).isNull();
    assertThat(small.block(95_000)).isNotNull();
    assertThat(large.block(9)).isNotNull();
    assertThat(large.block(10)).isNull();
    assertThat(other.block(499)).isNotNull();
  }

  @Test
  void sync_shouldBeSharedByManyThreads() throws Exception {
    List<Thread> threads = new ArrayList<>();
    var confirmed = new AtomicLong();
    for (int i = 0; i < 8; i++) {
      CoreStorage core = newCore(i);
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                for (int block = 0; block < 50; block++) {
                  core.batch().block(block, text("b")).commit();
                  store.sync().join();
                  confirmed.incrementAndGet();
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(confirmed).hasValue(8 * 50);
  }

  @Test
  void visit_shouldAllowCallsFromTheVisitor() {
    for (int i = 0; i < 3; i++) {
      newCore(i);
    }
    var visited = new ArrayList<CoreRecord>();
    store.visit(record -> {
      store.delete(record);
      return visited.add(record);
    });
    assertThat(visited).hasSize(3);
    assertThat(store.coreCount()).isZero();
  }
}
