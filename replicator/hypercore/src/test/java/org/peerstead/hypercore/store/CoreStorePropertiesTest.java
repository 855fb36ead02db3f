package org.peerstead.hypercore.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStore;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStoreConfig;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.SeededCases;

/** Whatever is done to both stores, they hold the same, also after the durable one was reopened. */
class CoreStorePropertiesTest {
  private static final RocksCoreStoreConfig CONFIG = new RocksCoreStoreConfig(4 << 20, 1 << 20, 64);
  private static final int CORES = 3;
  private static final int INDEXES = 200;

  @TempDir private Path folder;

  @Test
  void durableStore_shouldHoldWhatTheOneInMemoryHolds() {
    SeededCases.of("stores agree", 7, 6)
        .run(random -> {
          Path directory = folder.resolve(Long.toHexString(random.nextLong()));
          var memory = new InMemoryCoreStore();
          RocksCoreStore disk = RocksCoreStore.open(directory, CONFIG);
          try {
            for (int round = 0; round < 60; round++) {
              if (random.nextInt(20) == 0) {
                disk.close();
                disk = RocksCoreStore.open(directory, CONFIG);
              }
              step(random, memory, disk);
            }
            compare(memory, disk);
          } finally {
            disk.close();
          }
        });
  }

  private static void step(RandomGenerator random, CoreStore memory, CoreStore disk) {
    Fixed32 key = CoreStoreContract.filled(random.nextInt(CORES));
    CoreRecord inMemory = memory.create(key, null, null);
    CoreRecord onDisk = disk.create(key, null, null);
    assertThat(onDisk).isEqualTo(inMemory);
    if (random.nextInt(25) == 0) {
      memory.delete(inMemory);
      disk.delete(onDisk);
      return;
    }
    CoreBatch a = memory.storage(inMemory).batch();
    CoreBatch b = disk.storage(onDisk).batch();
    int changes = random.nextInt(40);
    for (int i = 0; i < changes; i++) {
      change(random, List.of(a, b));
    }
    assertThat(b.isEmpty()).isEqualTo(a.isEmpty());
    a.commit();
    b.commit();
  }

  private static void change(RandomGenerator random, List<CoreBatch> batches) {
    long index = random.nextInt(INDEXES);
    long to = index + (random.nextBoolean() ? random.nextInt(8) : random.nextInt(INDEXES));
    Fixed32 hash = CoreStoreContract.filled(random.nextInt(256));
    Slice value = value(random);
    long[] words = new long[CoreStorage.PAGE_BITS / Long.SIZE];
    if (random.nextInt(4) != 0) {
      words[random.nextInt(words.length)] = random.nextLong();
    }
    int kind = random.nextInt(10);
    for (CoreBatch batch : batches) {
      switch (kind) {
        case 0 -> batch.head(new StoredHead(index, to, to * 7, hash, value));
        case 1 -> batch.contiguousLength(to);
        case 2, 3 -> batch.node(new TreeNode(index, to, hash));
        case 4 -> batch.deleteNodes(index, to);
        case 5, 6 -> batch.block(index, value);
        case 7 -> batch.deleteBlocks(index, to);
        case 8 -> batch.page(index, words);
        default -> batch.userData("key" + index % 5, value);
      }
    }
  }

  private static Slice value(RandomGenerator random) {
    int[] sizes = {0, 1, 100, 4_095, 4_096, 9_000, 70_000};
    byte[] bytes = new byte[sizes[random.nextInt(sizes.length)]];
    random.nextBytes(bytes);
    return Slice.of(bytes);
  }

  private static void compare(CoreStore memory, CoreStore disk) {
    assertThat(records(disk)).isEqualTo(records(memory));
    assertThat(disk.coreCount()).isEqualTo(memory.coreCount());
    for (CoreRecord record : records(memory)) {
      CoreStorage a = memory.storage(record);
      CoreStorage b = disk.storage(record);
      assertThat(b.head()).isEqualTo(a.head());
      assertThat(b.contiguousLength()).isEqualTo(a.contiguousLength());
      for (int i = 0; i < 2 * INDEXES; i++) {
        assertThat(b.block(i)).isEqualTo(a.block(i));
        assertThat(b.node(i)).isEqualTo(a.node(i));
      }
      for (int i = 0; i < 5; i++) {
        assertThat(b.userData("key" + i)).isEqualTo(a.userData("key" + i));
      }
      assertThat(pages(b)).isEqualTo(pages(a));
    }
  }

  private static List<CoreRecord> records(CoreStore store) {
    var records = new ArrayList<CoreRecord>();
    store.visit(records::add);
    return records;
  }

  private static TreeMap<Long, List<Long>> pages(CoreStorage core) {
    var pages = new TreeMap<Long, List<Long>>();
    core.visitPages((page, words) -> pages.put(page, Arrays.stream(words).boxed().toList()));
    return pages;
  }
}
