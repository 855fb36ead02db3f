package org.peerstead.discovery.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.discovery.ChildJvm;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore.Section;
import org.peerstead.securestream.encoding.Slice;

/**
 * Kills a process that commits, again and again. Each time all commits that it spoke of must be
 * there, and of every commit all or nothing.
 *
 * <p>Commit n writes row n, removes the row that is {@link #LIVE} older, remembers one node with
 * port n and the fact n: so the rows, the node and the fact must always agree.
 */
class RocksDhtStoreCrashTest {
  /** {@code -Dpeerstead.kills=NUMBER} replaces it. */
  private static final int KILLS = Integer.getInteger("peerstead.kills", 60);

  private static final int LIVE = 500;
  private static final long MAX_LIFE_NANOS = 60_000_000;
  private static final String FACT = "commits";

  /** Small, so that flushes and compactions are under way when the process dies. */
  private static final RocksDhtStoreConfig CONFIG = new RocksDhtStoreConfig(1 << 20, 1 << 20);

  @TempDir private Path folder;

  @Test
  void commits_shouldSurviveEveryKill() throws Exception {
    Path library = ChildJvm.nativeLibrary(Files.createDirectory(folder.resolve("native")));
    Path directory = folder.resolve("dht");
    var random = new SplittableRandom(17);
    long confirmed = 0;
    long stored = 0;
    Process child = start(library, 0);
    try {
      for (int kill = 0; kill < KILLS; kill++) {
        Process next = start(library, kill + 1);
        Process current = child;
        child = next;
        try (BufferedReader output = current.inputReader(StandardCharsets.UTF_8)) {
          assertThat(output.readLine()).isEqualTo("ready");
          current.getOutputStream().write((directory + "\n").getBytes(StandardCharsets.UTF_8));
          current.getOutputStream().flush();
          // One half while it opens the store or soon after, the other while it commits.
          @Nullable String line = kill % 2 == 0 ? null : output.readLine();
          LockSupport.parkNanos(random.nextLong(MAX_LIFE_NANOS));
          // Through the handle: the process itself would close its output at once.
          current.toHandle().destroyForcibly();
          line = line == null ? output.readLine() : line;
          for (; line != null && line.endsWith("."); line = output.readLine()) {
            confirmed = Long.parseLong(line.substring(0, line.length() - 1));
          }
          current.waitFor();
        }
        long found = check(directory);
        assertThat(found).isGreaterThanOrEqualTo(Math.max(confirmed, stored));
        stored = found;
      }
    } finally {
      child.destroyForcibly();
    }
    assertThat(stored).isGreaterThan(KILLS);
  }

  /** Checks that everything agrees, and returns the number of the last commit. */
  private static long check(Path directory) {
    try (RocksDhtStore store = RocksDhtStore.open(directory, CONFIG)) {
      Slice fact = store.meta(FACT);
      if (fact == null) {
        return 0;
      }
      long last = number(fact);
      assertThat(store.nodes()).containsExactly(new NodeAddress(1, (int) last & 0xffff));
      var rows = new BitSet();
      store.replay(
          Section.RECORDS,
          (key, expiresAt, value) -> {
            assertThat(value.length()).isEqualTo(100);
            assertThat(expiresAt).isEqualTo(number(key));
            rows.set((int) (last - number(key)));
          });
      int expected = (int) Math.min(last, LIVE);
      assertThat(rows.nextClearBit(0)).isEqualTo(expected);
      assertThat(rows.cardinality()).isEqualTo(expected);
      assertThat(store.skippedRows()).isZero();
      return last;
    }
  }

  private static long number(Slice key) {
    return ByteBuffer.wrap(key.toByteArray()).getLong();
  }

  private Process start(Path library, int number) throws IOException {
    return ChildJvm.start(library, Writer.class, folder.resolve("warm" + number).toString());
  }

  /**
   * The process that is killed. Its argument is a folder to warm up in; its input says where next.
   */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) throws IOException {
      try (RocksDhtStore store = RocksDhtStore.open(Path.of(arguments[0]), CONFIG)) {
        work(store, 3, false);
      }
      say("ready");
      String directory =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
      // Not closed: this process does not end well.
      work(RocksDhtStore.open(Path.of(directory), CONFIG), Long.MAX_VALUE, true);
    }

    private static void work(RocksDhtStore store, long commits, boolean isLoud) {
      Slice fact = store.meta(FACT);
      long last = fact == null ? 0 : number(fact);
      for (long i = 0; i < commits; i++) {
        last++;
        store.put(Section.RECORDS, slice(last), last, Slice.of(new byte[100]));
        if (last > LIVE) {
          store.delete(Section.RECORDS, slice(last - LIVE));
        }
        store.saveNodes(List.of(new NodeAddress(1, (int) last & 0xffff)));
        store.putMeta(FACT, slice(last));
        store.commit();
        if (isLoud) {
          say(last + ".");
        }
      }
    }

    private static Slice slice(long number) {
      return Slice.of(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
    }

    private static void say(String line) {
      System.out.print(line + "\n");
      System.out.flush();
    }
  }
}
