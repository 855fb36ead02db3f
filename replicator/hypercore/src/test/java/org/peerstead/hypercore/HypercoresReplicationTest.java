package org.peerstead.hypercore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.peerstead.hypercore.TestPeer.bytes;
import static org.peerstead.hypercore.TestPeer.text;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.hypercore.net.CloseReason;
import org.peerstead.hypercore.net.LeakWatch;
import org.peerstead.hypercore.store.InMemoryCoreStore;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStore;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStoreConfig;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** Two and more nodes over the loopback interface. */
@ExtendWith(LeakWatch.class)
class HypercoresReplicationTest {
  private static List<Slice> blocks(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> text("block " + i)).toList();
  }

  private static void assertSame(Hypercore a, Hypercore b, long length) {
    for (long i = 0; i < length; i++) {
      assertThat(b.get(i, GetOptions.STORED).join()).isEqualTo(a.get(i, GetOptions.STORED).join());
    }
  }

  private static <T> T within(CompletableFuture<T> future) throws Exception {
    return future.get(20, TimeUnit.SECONDS);
  }

  @Test
  void wholeCore_shouldArriveAndFollow() throws Exception {
    try (TestPeer writer = new TestPeer();
        TestPeer reader = new TestPeer()) {
      Hypercore core = writer.cores.create("log").join();
      core.append(blocks(0, 1_000)).join();
      Hypercore copy = reader.cores.open(core.key()).join();
      reader.dial(writer);
      Download live = copy.download(0, -1, DownloadOrder.LINEAR);
      await().until(() -> copy.info().join().contiguousLength() == 1_000);
      core.append(blocks(1_000, 1_100)).join();
      await().until(() -> copy.info().join().contiguousLength() == 1_100);
      assertSame(core, copy, 1_100);
      assertThat(live.done()).isNotDone();
      assertThat(copy.info().join().peers()).isEqualTo(1);
      assertThat(copy.info().join().lagBlocks()).isZero();
      assertThat(copy.info().join().isWritable()).isFalse();
      assertThat(within(copy.peers()).getFirst().publicKey())
          .isEqualTo(writer.deviceKey.publicKey());
      assertThat(within(reader.cores.verify(core.key())).isSound()).isTrue();
      assertThat(reader.proofsFailed).isEmpty();
      assertThat(reader.cores.replicationStats().blocksReceived).isEqualTo(1_100);
    }
  }

  @Test
  void singleBlocksSeeksAndRanges_shouldLeaveTheRestOut() throws Exception {
    try (TestPeer writer = new TestPeer();
        TestPeer reader = new TestPeer()) {
      Hypercore core = writer.cores.create("log").join();
      core.append(LongStream.range(0, 500).mapToObj(i -> bytes((int) (10 + i), i)).toList()).join();
      Hypercore copy = reader.cores.open(core.key()).join();
      reader.dial(writer);
      assertThat(within(copy.get(321))).isEqualTo(bytes(331, 321));
      assertThat(within(copy.seek(100_000))).isEqualTo(within(core.seek(100_000)));
      within(copy.download(100, 130, DownloadOrder.RANDOM).done());
      assertThat(within(copy.count(0, 500))).isBetween(31L, 40L);
      assertThat(within(copy.count(100, 130))).isEqualTo(30);
      Verification verification = within(reader.cores.verify(core.key()));
      assertThat(verification.defects()).isEmpty();
      assertThat(verification.blocksChecked()).isBetween(31L, 40L);
      within(copy.clear(100, 120));
      assertThat(within(copy.count(100, 130))).isEqualTo(10);
      assertThat(within(copy.get(105))).isEqualTo(bytes(115, 105));
    }
  }

  @Test
  void encryptedCore_shouldPassThroughABlindPeer() throws Exception {
    byte[] secret = bytes(32, 1).toByteArray();
    OpenOptions options = OpenOptions.encrypted(EncryptionKey.of(secret));
    try (TestPeer writer = new TestPeer();
        TestPeer blind = new TestPeer();
        TestPeer reader = new TestPeer()) {
      Hypercore core =
          writer
              .cores
              .create(
                  new org.peerstead.hypercore.store.CoreAlias(
                      Fixed32.of(new byte[Fixed32.SIZE]), "secret"),
                  options)
              .join();
      core.append(blocks(0, 50)).join();
      Hypercore stored = blind.cores.open(core.key()).join();
      blind.dial(writer);
      within(stored.download(0, 50, DownloadOrder.LINEAR).done());
      writer.close();
      Hypercore copy = reader.cores.open(core.key(), options).join();
      reader.dial(blind);
      assertThat(within(copy.get(17))).isEqualTo(text("block 17"));
      assertThat(within(stored.get(17))).isNotEqualTo(text("block 17"));
      assertThat(within(copy.seek(20))).isEqualTo(new SeekResult(2, 6));
    }
  }

  @Test
  void manyCores_shouldShareAConnection() throws Exception {
    try (TestPeer writer = new TestPeer();
        TestPeer reader = new TestPeer()) {
      List<Hypercore> cores = new ArrayList<>();
      List<Hypercore> copies = new ArrayList<>();
      List<Download> downloads = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        Hypercore core = writer.cores.create("core " + i).join();
        core.append(blocks(i, i + 5)).join();
        cores.add(core);
      }
      reader.dial(writer);
      for (Hypercore core : cores) {
        Hypercore copy = reader.cores.open(core.key()).join();
        copies.add(copy);
        downloads.add(copy.download(0, 5, DownloadOrder.LINEAR));
      }
      for (int i = 0; i < 200; i++) {
        within(downloads.get(i).done());
        assertSame(cores.get(i), copies.get(i), 5);
      }
      assertThat(reader.cores.peers()).hasSize(1);
      assertThat(reader.cores.stats().network().dialled()).isEqualTo(1);
    }
  }

  @Test
  void storedCores_shouldBeServedWithoutSessionsAndClosedAfterwards() throws Exception {
    InMemoryCoreStore store = new InMemoryCoreStore();
    List<Fixed32> keys = new ArrayList<>();
    try (TestPeer writer = new TestPeer(TestPeer.CONFIG, store)) {
      for (int i = 0; i < 30; i++) {
        Hypercore core = writer.cores.create("core " + i).join();
        core.append(blocks(i, i + 3)).join();
        keys.add(core.key());
      }
    }
    try (TestPeer writer = new TestPeer(TestPeer.CONFIG.withMaxIdleCores(4), store);
        TestPeer reader = new TestPeer()) {
      reader.dial(writer);
      for (int i = 0; i < 30; i++) {
        Hypercore copy = reader.cores.open(keys.get(i)).join();
        assertThat(within(copy.get(1))).isEqualTo(text("block " + (i + 1)));
      }
      assertThat(writer.cores.stats().openCores()).isEqualTo(30);
      assertThat(writer.cores.stats().sessions()).isZero();
      reader.close();
      await().untilAsserted(() -> assertThat(writer.cores.stats().openCores()).isEqualTo(4));
    }
  }

  /** The writer's last session ends while the reader opens the core: their messages cross. */
  @Test
  void coreThatItsWriterClosed_shouldBeOpenedAgain() throws Exception {
    try (TestPeer writer = new TestPeer();
        TestPeer reader = new TestPeer()) {
      reader.dial(writer);
      await().until(() -> reader.cores.peers().size() == 1);
      for (int i = 0; i < 40; i++) {
        Hypercore core = writer.cores.create("log " + i).join();
        core.append(blocks(0, 8)).join();
        core.close();
        Hypercore copy = reader.cores.open(core.key()).join();
        copy.download(0, -1, DownloadOrder.LINEAR);
        await().until(() -> copy.info().join().storedBlocks() == 8);
      }
    }
  }

  @Test
  void truncation_shouldReachReaders() throws Exception {
    try (TestPeer writer = new TestPeer();
        TestPeer reader = new TestPeer()) {
      Hypercore core = writer.cores.create("log").join();
      core.append(blocks(0, 100)).join();
      Hypercore copy = reader.cores.open(core.key()).join();
      reader.dial(writer);
      copy.download(0, -1, DownloadOrder.LINEAR);
      await().until(() -> copy.info().join().contiguousLength() == 100);
      core.truncate(60).join();
      core.append(List.of(text("other 60"), text("other 61"))).join();
      await()
          .until(() -> {
            CoreInfo info = copy.info().join();
            return info.fork() == 1 && info.contiguousLength() == 62;
          });
      assertSame(core, copy, 62);
      assertThat(reader.events).anyMatch(event -> event.startsWith("truncated 100 to "));
      assertThat(within(reader.cores.verify(core.key())).isSound()).isTrue();
    }
  }

  @Test
  void liveReader_shouldFollowAWriterElsewhere() throws Exception {
    try (TestPeer writer = new TestPeer();
        TestPeer reader = new TestPeer()) {
      Hypercore core = writer.cores.create("log").join();
      Hypercore copy = reader.cores.open(core.key()).join();
      reader.dial(writer);
      try (BlockReader blocks = copy.read(0, -1, GetOptions.DEFAULT)) {
        for (int i = 0; i < 50; i++) {
          CompletableFuture<Optional<ReadBlock>> next = blocks.next();
          core.append(text("block " + i)).join();
          assertThat(within(next)).contains(new ReadBlock(i, text("block " + i)));
        }
      }
    }
  }

  @Test
  void update_shouldBringTheNewestHead() throws Exception {
    try (TestPeer writer = new TestPeer();
        TestPeer reader = new TestPeer()) {
      Hypercore core = writer.cores.create("log").join();
      core.append(blocks(0, 10)).join();
      Hypercore copy = reader.cores.open(core.key()).join();
      assertThat(within(copy.update(Duration.ofSeconds(5)))).isFalse();
      reader.dial(writer);
      await().until(() -> copy.info().join().peers() == 1);
      within(copy.update(Duration.ofSeconds(5)));
      assertThat(copy.info().join().length()).isEqualTo(10);
      assertThat(copy.info().join().storedBlocks()).isZero();
    }
  }

  @Test
  void interruptedDownload_shouldGoOnAfterARestart(@TempDir Path directory) throws Exception {
    try (TestPeer writer = new TestPeer()) {
      Hypercore core = writer.cores.create("log").join();
      core.append(LongStream.range(0, 300).mapToObj(i -> bytes(20_000, i)).toList()).join();
      InetSocketAddress address = writer.cores.listen(TestPeer.anyPort()).join();
      long first;
      try (RocksCoreStore store =
              RocksCoreStore.open(directory.resolve("db"), RocksCoreStoreConfig.DEFAULT);
          TestPeer reader = new TestPeer(TestPeer.CONFIG, store)) {
        Hypercore copy = reader.cores.open(core.key()).join();
        reader.cores.dial(address);
        copy.download(0, -1, DownloadOrder.LINEAR);
        await().until(() -> copy.info().join().storedBlocks() > 20);
        first = 20;
      }
      try (RocksCoreStore store =
              RocksCoreStore.open(directory.resolve("db"), RocksCoreStoreConfig.DEFAULT);
          TestPeer reader = new TestPeer(TestPeer.CONFIG, store)) {
        Hypercore copy = reader.cores.open(core.key()).join();
        assertThat(copy.info().join().storedBlocks()).isGreaterThan(first);
        reader.cores.dial(address);
        within(copy.download(0, 300, DownloadOrder.LINEAR).done());
        assertSame(core, copy, 300);
        assertThat(within(reader.cores.verify(core.key())).isSound()).isTrue();
      }
    }
  }

  @Test
  void bothWays_shouldWorkOnOneConnection() throws Exception {
    try (TestPeer a = new TestPeer();
        TestPeer b = new TestPeer(TestPeer.CONFIG, new InMemoryCoreStore())) {
      Hypercore ofA = a.cores.create("of a").join();
      Hypercore ofB = b.cores.create("of b").join();
      ofA.append(blocks(0, 300)).join();
      ofB.append(blocks(300, 700)).join();
      a.dial(b);
      Hypercore copyOfB = a.cores.open(ofB.key()).join();
      Hypercore copyOfA = b.cores.open(ofA.key()).join();
      CompletableFuture.allOf(
              copyOfB.download(0, 400, DownloadOrder.RANDOM).done(),
              copyOfA.download(0, 300, DownloadOrder.LINEAR).done())
          .get(20, TimeUnit.SECONDS);
      assertSame(ofA, copyOfA, 300);
      assertSame(ofB, copyOfB, 400);
    }
  }

  @Test
  void refusedCore_shouldNotBeServed() {
    try (TestPeer writer = new TestPeer();
        TestPeer reader = new TestPeer()) {
      writer.refusedPeer = reader.deviceKey.publicKey();
      Hypercore core = writer.cores.create("log").join();
      core.append(text("x")).join();
      core.close();
      Hypercore copy = reader.cores.open(core.key()).join();
      reader.dial(writer);
      await().until(() -> reader.cores.peers().size() == 1);
      assertThatThrownBy(() -> copy.get(0, GetOptions.waiting(Duration.ofMillis(300))).join())
          .hasCauseInstanceOf(CoreException.class);
    }
  }

  @Test
  void extension_shouldCarryMessages() throws Exception {
    try (TestPeer writer = new TestPeer();
        TestPeer reader = new TestPeer()) {
      Hypercore core = writer.cores.create("log").join();
      Hypercore copy = reader.cores.open(core.key()).join();
      List<Slice> received = new java.util.concurrent.CopyOnWriteArrayList<>();
      within(core.extension("chat", (peer, payload, now) -> received.add(payload.copy())));
      var extension = within(copy.extension("chat", (peer, payload, now) -> {}));
      reader.dial(writer);
      await().until(() -> copy.info().join().peers() == 1);
      reader.cores.execute(() -> extension.broadcast(text("hello")));
      await().until(() -> received.equals(List.of(text("hello"))));
    }
  }

  @Test
  void largeBlocks_shouldFlowWithoutBeingHeldAllAtOnce() throws Exception {
    try (TestPeer writer = new TestPeer();
        TestPeer reader = new TestPeer()) {
      Hypercore core = writer.cores.create("log").join();
      core.append(LongStream.range(0, 12).mapToObj(i -> bytes(8 << 20, i)).toList()).join();
      Hypercore copy = reader.cores.open(core.key()).join();
      reader.dial(writer);
      within(copy.download(0, 12, DownloadOrder.LINEAR).done());
      assertSame(core, copy, 12);
      assertThat(reader.ended).isEmpty();
    }
  }

  @Test
  void close_shouldEndConnectionsInOrder() {
    TestPeer writer = new TestPeer();
    try (TestPeer reader = new TestPeer()) {
      Hypercore core = writer.cores.create("log").join();
      core.append(LongStream.range(0, 500).mapToObj(i -> bytes(30_000, i)).toList()).join();
      Hypercore copy = reader.cores.open(core.key()).join();
      reader.dial(writer);
      Download download = copy.download(0, 500, DownloadOrder.RANDOM);
      await().until(() -> copy.info().join().storedBlocks() > 5);
      writer.close();
      await().until(() -> !reader.ended.isEmpty());
      assertThat(writer.ended).containsExactly(CloseReason.SHUTDOWN);
      assertThat(reader.cores.peers()).isEmpty();
      assertThat(download.done().isDone() && !download.done().isCompletedExceptionally())
          .isEqualTo(copy.info().join().storedBlocks() == 500);
    }
  }
}
