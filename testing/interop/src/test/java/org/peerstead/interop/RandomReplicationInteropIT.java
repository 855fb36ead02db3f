package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.peerstead.interop.CorePeer.State;

/**
 * One core and four peers, two of each kind, in random histories: the writer appends and truncates,
 * the others follow, fetch, seek, clear and reopen, and connections come and go between any two of
 * them. When it is over everybody gets every block, from the writer and then from each other.
 *
 * <p>{@code -Dpeerstead.seed=SEED -Dpeerstead.cases=1} repeats a case, {@code -Dpeerstead.cases=N}
 * runs more of them.
 */
class RandomReplicationInteropIT {
  private static final int PEERS = 4;
  private static final int STEPS = 60;
  private static final Duration BRIEFLY = Duration.ofMillis(300);

  private @TempDir Path folder;

  static LongStream seeds() {
    long first = Long.getLong("peerstead.seed", 20261123L);
    return LongStream.range(first, first + Integer.getInteger("peerstead.cases", 4));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void randomHistory_shouldEndWithEveryBlockEverywhere(long seed) throws IOException {
    List<CorePeer> peers = new ArrayList<>();
    try {
      for (int i = 0; i < PEERS; i++) {
        Path own = Files.createDirectory(folder.resolve("peer-" + i));
        boolean isOurs = !Boolean.getBoolean("peerstead.control") && (i + seed) % 2 == 0;
        peers.add(isOurs ? PeersteadCorePeer.start(own) : NpmCorePeer.start(own));
      }
      new History(seed, peers).run();
    } finally {
      peers.forEach(CorePeer::close);
    }
  }

  private static final class History {
    private final SplittableRandom random;
    private final List<CorePeer> peers;
    private final CorePeer writer;
    private final int[] ports;
    private final String key;
    private final List<String> expected = new ArrayList<>();
    private final List<String> steps = new ArrayList<>();
    private long fork;

    History(long seed, List<CorePeer> peers) {
      random = new SplittableRandom(seed);
      this.peers = peers;
      writer = peers.getFirst();
      ports = peers.stream().mapToInt(CorePeer::listen).toArray();
      key = writer.create("log", null).key();
      peers.subList(1, PEERS).forEach(peer -> peer.open(key, null));
      steps.add("seed " + seed);
    }

    void run() {
      for (int i = 0; i < STEPS; i++) {
        step();
      }
      steps.add("the end");
      try {
        finish();
      } catch (AssertionError | PeerFailedException e) {
        throw new AssertionError(String.join(", ", steps), e);
      }
    }

    private void step() {
      int reader = 1 + random.nextInt(PEERS - 1);
      int length = expected.size();
      switch (random.nextInt(22)) {
        case 0, 1, 2, 3, 4 -> append(1 + random.nextInt(random.nextBoolean() ? 3 : 60));
        case 5 -> {
          if (length > 0) {
            truncate(random.nextInt(length));
          }
        }
        case 6, 7, 8, 9 -> {
          int other = random.nextInt(PEERS);
          if (other != reader) {
            steps.add(reader + " dials " + other);
            peers.get(reader).dial(ports[other]);
          }
        }
        case 10, 11 -> {
          int any = random.nextInt(PEERS);
          steps.add(any + " disconnects");
          peers.get(any).disconnect();
        }
        case 12, 13 -> {
          steps.add(reader + " follows");
          inBackground(() -> peers.get(reader).startFollowing(key));
        }
        case 14, 15, 16 -> {
          long index = random.nextInt(length + 3);
          steps.add(reader + " gets " + index);
          inBackground(() -> peers.get(reader).get(key, index, BRIEFLY));
        }
        case 17, 18 -> {
          long from = random.nextInt(length + 1);
          long to = from + random.nextInt(40);
          boolean isLinear = random.nextBoolean();
          steps.add(reader + " downloads " + from + " to " + to);
          inBackground(() -> peers.get(reader).download(key, from, to, isLinear));
        }
        case 19 -> {
          long from = random.nextInt(length + 1);
          long to = from + random.nextInt(20);
          steps.add(reader + " clears " + from + " to " + to);
          peers.get(reader).clear(key, from, Math.min(to, peers.get(reader).state(key).length()));
        }
        case 20 -> {
          steps.add(reader + " reopens");
          peers.get(reader).closeCore(key);
          peers.get(reader).open(key, null);
        }
        default -> {
          long bytes = random.nextInt(100 * length + 1);
          steps.add(reader + " seeks " + bytes);
          inBackground(() -> peers.get(reader).seek(key, bytes));
        }
      }
    }

    /** Results do not matter: whether something can be had is a matter of chance. */
    private static void inBackground(Runnable task) {
      CompletableFuture<Void> unused = CompletableFuture.runAsync(task, Thread::startVirtualThread);
    }

    private void append(int count) {
      Blocks content = new Blocks("fork " + fork, 0, 200);
      steps.add("appends " + count);
      writer.append(key, content, count, 1 + random.nextInt(count));
      expected.addAll(content.digests(expected.size(), expected.size() + count));
    }

    private void truncate(int length) {
      steps.add("truncates to " + length);
      writer.truncate(key, length);
      fork++;
      expected.subList(length, expected.size()).clear();
    }

    /**
     * First everybody is connected to the writer: who has jumped over a length cannot prove to one
     * who stands there what came later, and npm then leaves it at that.
     */
    private void finish() {
      peers.forEach(CorePeer::disconnect);
      append(3);
      for (int i = 1; i < PEERS; i++) {
        peers.get(i).dial(ports[0]);
      }
      assertComplete();
      peers.forEach(CorePeer::disconnect);
      append(7);
      for (int i = 1; i < PEERS; i++) {
        peers.get(i).dial(ports[i - 1]);
      }
      assertComplete();
    }

    private void assertComplete() {
      State written = writer.state(key);
      assertThat(written.fork()).isEqualTo(fork);
      for (CorePeer peer : peers.subList(1, PEERS)) {
        peer.awaitLength(key, expected.size(), fork);
        peer.download(key, 0, expected.size(), random.nextBoolean());
      }
      for (CorePeer peer : peers) {
        assertThat(peer.digests(key, 0, expected.size())).isEqualTo(expected);
        State copy = peer.state(key);
        assertThat(copy.length()).isEqualTo(written.length());
        assertThat(copy.fork()).isEqualTo(fork);
        assertThat(copy.treeHash()).isEqualTo(written.treeHash());
        assertThat(copy.contiguousLength()).isEqualTo(written.length());
      }
    }
  }
}
