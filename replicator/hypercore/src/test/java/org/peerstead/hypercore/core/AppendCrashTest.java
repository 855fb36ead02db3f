package org.peerstead.hypercore.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.hypercore.manifest.HeadException;
import org.peerstead.hypercore.manifest.HeadVerifier;
import org.peerstead.hypercore.merkle.TreeGrowth;
import org.peerstead.hypercore.merkle.TreeHash;
import org.peerstead.hypercore.merkle.TreeHead;
import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.hypercore.store.ChildJvm;
import org.peerstead.hypercore.store.CoreAlias;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStore;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStoreConfig;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Kills a process that appends and truncates, hundreds of times. Each time all that was
 * acknowledged must be there, whole and signed, and no head that was acknowledged may have been
 * replaced by another of the same length.
 *
 * <p>The next process starts while one is at work, and waits for its turn to open the store.
 */
class AppendCrashTest {
  /** {@code -Dpeerstead.kills=NUMBER} replaces it. */
  private static final int KILLS = Integer.getInteger("peerstead.kills", 200);

  /** After so many a new store is begun: checking all of it stays cheap, and creation is killed. */
  private static final int KILLS_PER_STORE = 20;

  private static final long MAX_LIFE_NANOS = 40_000_000;

  /** Small, so that flushes are under way when the process dies. */
  private static final RocksCoreStoreConfig CONFIG = new RocksCoreStoreConfig(4 << 20, 1 << 20, 64);

  private static final byte[] PRIMARY_KEY = new byte[Fixed32.SIZE];
  private static final CoreAlias NAME = new CoreAlias(Corestore.ROOT_NAMESPACE, "log");

  @TempDir private Path folder;

  /** What the processes said, of the newest fork that they spoke of. */
  private static final class Acknowledged {
    long fork;
    final TreeMap<Long, String> hashes = new TreeMap<>();

    void add(String line) {
      String[] words = line.split(" ");
      long newFork = Long.parseLong(words[0]);
      if (newFork != fork) {
        fork = newFork;
        hashes.clear();
      }
      hashes.put(Long.parseLong(words[1]), words[2]);
    }
  }

  @Test
  void acknowledgedAppends_shouldSurviveEveryKill() throws Exception {
    Path library = ChildJvm.nativeLibrary(Files.createDirectory(folder.resolve("native")));
    var random = new SplittableRandom(3);
    var acknowledged = new Acknowledged();
    long lines = 0;
    ChildJvm child = start(library, 0);
    try {
      for (int kill = 0; kill < KILLS; kill++) {
        Path directory = folder.resolve("cores" + kill / KILLS_PER_STORE);
        if (kill % KILLS_PER_STORE == 0) {
          acknowledged = new Acknowledged();
        }
        ChildJvm next = start(library, kill + 1);
        try (ChildJvm current = child) {
          child = next;
          assertThat(current.readLine()).isEqualTo("ready");
          current.say(directory + " " + random.nextLong());
          // One half while it opens the store or soon after, the other while it appends.
          @Nullable String line = kill % 2 == 0 ? null : current.readLine();
          LockSupport.parkNanos(random.nextLong(MAX_LIFE_NANOS));
          current.kill();
          line = line == null ? current.readLine() : line;
          for (; line != null; line = current.readLine()) {
            acknowledged.add(line);
            lines++;
          }
          current.await();
        }
        check(directory, acknowledged);
      }
    } finally {
      child.close();
    }
    // Else the kills would have come before there was anything to lose.
    assertThat(lines).isGreaterThan(KILLS);
  }

  private ChildJvm start(Path library, int number) throws IOException {
    return ChildJvm.start(
        library, "", Writer.class, List.of(folder.resolve("warm-up" + number).toString()));
  }

  private static void check(Path directory, Acknowledged acknowledged) throws Exception {
    try (RocksCoreStore store = RocksCoreStore.open(directory, CONFIG)) {
      Core core = new Corestore(store, PRIMARY_KEY).open(NAME);
      TreeHead head = core.head();
      assertThat(head.fork()).isGreaterThanOrEqualTo(acknowledged.fork);
      boolean isSameFork = head.fork() == acknowledged.fork;
      if (isSameFork && !acknowledged.hashes.isEmpty()) {
        assertThat(head.length()).isGreaterThanOrEqualTo(acknowledged.hashes.lastKey());
      }
      verifySignature(core, head);
      assertThat(core.contiguousLength()).isEqualTo(head.length());
      rehash(core, head, isSameFork ? acknowledged.hashes : Map.of());
    }
  }

  private static void verifySignature(Core core, TreeHead head) throws HeadException {
    if (head.length() > 0) {
      var manifest = core.manifest();
      assertThat(manifest).isNotNull();
      if (manifest != null) {
        new HeadVerifier(manifest, core.key()).verify(head, core.signature());
      }
    }
  }

  /**
   * Builds the tree again from the blocks and compares it with the stored one and with the past.
   */
  private static void rehash(Core core, TreeHead head, Map<Long, String> acknowledged) {
    var growth = new TreeGrowth(TreeHead.EMPTY.withFork(head.fork()), new TreeHash());
    for (long i = 0; i < head.length(); i++) {
      @Nullable Slice block = core.block(i);
      if (block == null) {
        throw new AssertionError("block " + i + " of " + head + " is missing");
      }
      growth.append(block);
      String hash = acknowledged.get(i + 1);
      if (hash != null) {
        assertThat(growth.head().treeHash().toString()).isEqualTo(hash);
      }
    }
    assertThat(growth.head().treeHash()).isEqualTo(head.treeHash());
    for (TreeNode node : growth.newNodes()) {
      if (!node.equals(core.nodes().node(node.index()))) {
        throw new AssertionError("node " + node.index() + " of " + head + " is another");
      }
    }
  }

  /**
   * The process that is killed. Its argument is a folder to warm up in; its input says where next.
   */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) throws Exception {
      try (RocksCoreStore store = RocksCoreStore.open(Path.of(arguments[0]), CONFIG)) {
        work(store, new SplittableRandom(1), 3, false);
      }
      say("ready");
      String[] order =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
              .readLine()
              .split(" ");
      // Not closed: this process does not end well.
      RocksCoreStore store = RocksCoreStore.open(Path.of(order[0]), CONFIG);
      work(store, new SplittableRandom(Long.parseLong(order[1])), Integer.MAX_VALUE, true);
    }

    private static void work(
        RocksCoreStore store, RandomGenerator random, int changes, boolean isLoud)
        throws Exception {
      Core core = new Corestore(store, PRIMARY_KEY).open(NAME);
      for (int i = 0; i < changes; i++) {
        TreeHead tip;
        if (core.length() > 20 && random.nextInt(50) == 0) {
          tip = core.truncate(core.length() - 1 - random.nextInt(20));
        } else {
          List<Slice> blocks = new ArrayList<>();
          for (int count = 1 + random.nextInt(4); count > 0; count--) {
            byte[] block = new byte[random.nextInt(20) == 0 ? 10_000 : random.nextInt(200)];
            random.nextBytes(block);
            blocks.add(Slice.of(block));
          }
          tip = core.append(blocks);
        }
        store.sync().join();
        core.publish(tip);
        if (isLoud) {
          say(tip.fork() + " " + tip.length() + " " + tip.treeHash());
        }
      }
    }

    private static void say(String line) {
      System.out.print(line + "\n");
      System.out.flush();
    }
  }
}
