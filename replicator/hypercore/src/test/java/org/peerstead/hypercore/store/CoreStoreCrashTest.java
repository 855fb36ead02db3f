package org.peerstead.hypercore.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStore;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStoreConfig;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Kills a process that writes and says what it was told is on disk. Then all of that is there, and
 * of every batch all or nothing.
 */
class CoreStoreCrashTest {
  private static final int KILLS = 20;
  private static final long MAX_LIFE_NANOS = 250_000_000;

  /** Small, so that flushes and compactions are under way when the process dies. */
  private static final RocksCoreStoreConfig CONFIG = new RocksCoreStoreConfig(4 << 20, 1 << 20, 64);

  private static final Fixed32 KEY = CoreStoreContract.filled(1);

  @TempDir private Path folder;
  private Path library;

  @BeforeEach
  void unpack() throws Exception {
    library = ChildJvm.nativeLibrary(Files.createDirectory(folder.resolve("native")));
  }

  @Test
  void store_shouldHoldWhatWasConfirmedAfterEachKill() throws Exception {
    Path directory = folder.resolve("cores");
    var random = new SplittableRandom(11);
    long stored = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      long confirmed = stored;
      try (ChildJvm child =
          ChildJvm.start(
              library,
              "",
              Writer.class,
              List.of(directory.toString(), Long.toString(random.nextLong()), "300"))) {
        @Nullable String line = child.readLine();
        assertThat(line).as("the writer ended before the kill").isNotNull();
        LockSupport.parkNanos(random.nextLong(MAX_LIFE_NANOS));
        child.kill();
        for (; line != null; line = child.readLine()) {
          confirmed = Long.parseLong(line);
        }
        child.await();
      }
      stored = check(directory, confirmed);
    }
    assertThat(stored).isGreaterThan(KILLS);
  }

  /**
   * The file size limit makes the log fail in the middle of a write, as a full disk does. The
   * writer must be told so, must be refused from then on, and nothing confirmed may be missing.
   */
  @Test
  void store_shouldRefuseEverythingAfterAWriteFailed() throws Exception {
    Path directory = folder.resolve("cores");
    long confirmed = 0;
    try (ChildJvm child =
        ChildJvm.start(
            library,
            "ulimit -f 20000",
            Writer.class,
            List.of(directory.toString(), "5", "300000"))) {
      String last = "";
      for (@Nullable String line = child.readLine(); line != null; line = child.readLine()) {
        if (last.equals("failed") || line.equals("failed")) {
          last = line;
        } else {
          confirmed = Long.parseLong(line);
        }
      }
      assertThat(child.await()).isZero();
      assertThat(last).isEqualTo("failed");
    }
    assertThat(confirmed).isPositive();
    check(directory, confirmed);
  }

  /** Checks that all rows agree with the head, and returns its length. */
  private static long check(Path directory, long confirmed) {
    try (RocksCoreStore store = RocksCoreStore.open(directory, CONFIG)) {
      CoreStorage core = store.storage(store.create(KEY, null, null));
      StoredHead head = core.head();
      long length = head == null ? 0 : head.length();
      assertThat(length).isGreaterThanOrEqualTo(confirmed);
      assertThat(core.contiguousLength()).isEqualTo(length);
      assertThat(core.userData("length"))
          .isEqualTo(length == 0 ? null : CoreStoreContract.text(Long.toString(length)));
      for (long i = 0; i < length; i++) {
        @Nullable Slice block = core.block(i);
        assertThat(block).as("block %d of %d", i, length).isNotNull();
        assertThat(block == null ? -1 : block.at(0)).isEqualTo((byte) i);
        assertThat(core.node(2 * i)).isEqualTo(node(i));
      }
      assertThat(core.block(length)).isNull();
      assertThat(core.node(2 * length)).isNull();
      return length;
    }
  }

  private static TreeNode node(long block) {
    return new TreeNode(2 * block, block, CoreStoreContract.filled((int) block));
  }

  /** The process that is killed: directory, seed, most bytes of a block. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) {
      // No try-with-resources: this process is not meant to end well.
      RocksCoreStoreConfig config =
          arguments[2].length() > 4
              ? new RocksCoreStoreConfig(128 << 20, 128 << 20, 64)
              : CoreStoreCrashTest.CONFIG;
      RocksCoreStore store = RocksCoreStore.open(Path.of(arguments[0]), config);
      PrintStream out = System.out;
      try {
        write(store, new SplittableRandom(Long.parseLong(arguments[1])), arguments, out);
      } catch (StorageException | CompletionException e) {
        out.print("failed\n");
        out.flush();
        // Refused now, even though small writes would find space again.
        requireRefusal(store);
      }
    }

    private static void write(
        CoreStore store, RandomGenerator random, String[] arguments, PrintStream out) {
      CoreStorage core = store.storage(store.create(KEY, null, null));
      StoredHead head = core.head();
      long length = head == null ? 0 : head.length();
      int maxBytes = Integer.parseInt(arguments[2]);
      while (true) {
        CoreBatch batch = core.batch();
        int blocks = 1 + random.nextInt(8);
        for (int i = 0; i < blocks; i++, length++) {
          // Now and then one that is large enough to be kept apart.
          byte[] block = new byte[random.nextInt(10) == 0 ? 10_000 : 1 + random.nextInt(maxBytes)];
          Arrays.fill(block, (byte) length);
          batch.block(length, Slice.of(block)).node(node(length));
        }
        batch
            .head(new StoredHead(0, length, 0, KEY, Slice.EMPTY))
            .contiguousLength(length)
            .userData("length", CoreStoreContract.text(Long.toString(length)))
            .commit();
        if (random.nextInt(3) != 0) {
          store.sync().join();
          out.print(length + "\n");
          out.flush();
        }
      }
    }

    private static void requireRefusal(CoreStore store) {
      try {
        store.create(CoreStoreContract.filled(2), null, null);
        System.out.print("accepted a write\n");
      } catch (StorageException e) {
        System.out.print(store.sync().isCompletedExceptionally() ? "failed\n" : "synced\n");
      }
      System.out.flush();
      System.exit(0);
    }
  }
}
