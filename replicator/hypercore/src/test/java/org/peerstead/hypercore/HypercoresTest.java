package org.peerstead.hypercore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.peerstead.hypercore.TestPeer.bytes;
import static org.peerstead.hypercore.TestPeer.text;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.hypercore.CoreException.Reason;
import org.peerstead.hypercore.manifest.HeadSigner;
import org.peerstead.hypercore.manifest.Manifest;
import org.peerstead.hypercore.merkle.TreeHead;
import org.peerstead.hypercore.store.CoreAlias;
import org.peerstead.hypercore.store.InMemoryCoreStore;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStore;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStoreConfig;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** One node alone. */
class HypercoresTest {
  private static void assertFails(Reason reason, ThrowingCallable call) {
    assertThatThrownBy(call)
        .satisfies(thrown -> {
          Throwable cause = thrown instanceof CompletionException ? thrown.getCause() : thrown;
          assertThat(cause).isInstanceOf(CoreException.class);
          assertThat(((CoreException) cause).reason()).isEqualTo(reason);
        });
  }

  @Test
  void append_shouldBeReadable() {
    try (TestPeer peer = new TestPeer()) {
      Hypercore core = peer.cores.create("log").join();
      assertThat(core.append(List.of(text("a"), text("bc"))).join())
          .isEqualTo(new AppendResult(0, 0, 2, 3));
      assertThat(core.append(text("def")).join()).isEqualTo(new AppendResult(0, 2, 3, 6));
      assertThat(core.get(2).join()).isEqualTo(text("def"));
      CoreInfo info = core.info().join();
      assertThat(info.length()).isEqualTo(3);
      assertThat(info.byteLength()).isEqualTo(6);
      assertThat(info.contiguousLength()).isEqualTo(3);
      assertThat(info.storedBytes()).isEqualTo(6);
      assertThat(info.isWritable()).isTrue();
      assertThat(core.seek(4).join()).isEqualTo(new SeekResult(2, 1));
      assertThat(core.has(1).join()).isTrue();
      assertThat(core.has(3).join()).isFalse();
      assertThat(peer.events).containsExactly("appended 0-2 local", "appended 2-3 local");
      assertFails(Reason.NOT_AVAILABLE, () -> core.get(3, GetOptions.STORED).join());
      assertFails(Reason.OUT_OF_RANGE, () -> core.seek(7).join());
    }
  }

  @Test
  void sameName_shouldBeTheSameCoreAsNpmMakes() {
    try (TestPeer peer = new TestPeer();
        TestPeer other = new TestPeer()) {
      Hypercore core = peer.cores.create("log").join();
      assertThat(other.cores.create("log").join().key()).isEqualTo(core.key());
      assertThat(other.cores.create("other").join().key()).isNotEqualTo(core.key());
    }
  }

  @Test
  void appends_shouldShareSyncs(@TempDir Path directory) {
    try (RocksCoreStore store =
            RocksCoreStore.open(directory.resolve("db"), RocksCoreStoreConfig.DEFAULT);
        TestPeer peer = new TestPeer(TestPeer.CONFIG, store)) {
      Hypercore core = peer.cores.create("log").join();
      List<CompletableFuture<AppendResult>> appends =
          IntStream.range(0, 2_000).mapToObj(i -> core.append(text("block " + i))).toList();
      Set<Long> indexes = new HashSet<>();
      for (CompletableFuture<AppendResult> append : appends) {
        indexes.add(append.join().from());
      }
      assertThat(indexes).hasSize(2_000);
      assertThat(core.info().join().length()).isEqualTo(2_000);
      assertThat(peer.cores.stats().syncs()).isLessThan(1_000);
      assertThat(peer.cores.stats().appendedBlocks()).isEqualTo(2_000);
      assertThat(core.get(1_234).join()).isEqualTo(text("block 1234"));
    }
  }

  @Test
  void restart_shouldKeepEverything(@TempDir Path directory) {
    Fixed32 key;
    try (RocksCoreStore store =
            RocksCoreStore.open(directory.resolve("db"), RocksCoreStoreConfig.DEFAULT);
        TestPeer peer = new TestPeer(TestPeer.CONFIG, store)) {
      Hypercore core = peer.cores.create("log").join();
      key = core.key();
      core.append(IntStream.range(0, 100).mapToObj(i -> text("block " + i)).toList()).join();
      core.truncate(90).join();
      core.clear(10, 20).join();
      core.putUserData("cursor", text("here")).join();
    }
    try (RocksCoreStore store =
            RocksCoreStore.open(directory.resolve("db"), RocksCoreStoreConfig.DEFAULT);
        TestPeer peer = new TestPeer(TestPeer.CONFIG, store)) {
      Hypercore core = peer.cores.openStored(key, OpenOptions.DEFAULT).join();
      CoreInfo info = core.info().join();
      assertThat(info.length()).isEqualTo(90);
      assertThat(info.fork()).isEqualTo(1);
      assertThat(info.storedBlocks()).isEqualTo(80);
      assertThat(info.isWritable()).isTrue();
      assertThat(core.userData("cursor").join()).contains(text("here"));
      assertThat(core.append(text("next")).join().from()).isEqualTo(90);
      assertThat(peer.cores.verify(key).join().isSound()).isTrue();
      peer.cores.checkpoint(directory.resolve("copy")).join();
    }
    try (RocksCoreStore store =
            RocksCoreStore.open(directory.resolve("copy"), RocksCoreStoreConfig.DEFAULT);
        TestPeer peer = new TestPeer(TestPeer.CONFIG, store)) {
      Hypercore core = peer.cores.openStored(key, OpenOptions.DEFAULT).join();
      assertThat(core.get(90).join()).isEqualTo(text("next"));
    }
  }

  @Test
  void truncate_shouldWaitForAppendsBefore() {
    try (TestPeer peer = new TestPeer()) {
      Hypercore core = peer.cores.create("log").join();
      CompletableFuture<AppendResult> first = core.append(List.of(text("a"), text("b")));
      CompletableFuture<AppendResult> truncated = core.truncate(1);
      CompletableFuture<AppendResult> second = core.append(text("c"));
      CompletableFuture.allOf(first, truncated, second).join();
      CoreInfo info = core.info().join();
      assertThat(info.fork()).isEqualTo(1);
      assertThat(core.get(0).join()).isEqualTo(text("a"));
      assertFails(Reason.OUT_OF_RANGE, () -> core.truncate(9).join());
    }
  }

  @Test
  void encryptedSession_shouldStoreCiphertext() {
    try (TestPeer peer = new TestPeer()) {
      byte[] secret = bytes(32, 1).toByteArray();
      CoreAlias alias = new CoreAlias(Fixed32.of(new byte[32]), "secret");
      Hypercore core =
          peer.cores.create(alias, OpenOptions.encrypted(EncryptionKey.of(secret))).join();
      core.append(List.of(text("hello"), text("world"))).join();
      assertThat(core.get(1).join()).isEqualTo(text("world"));
      assertThat(core.info().join().byteLength()).isEqualTo(10);
      assertThat(core.seek(6).join()).isEqualTo(new SeekResult(1, 1));
      Hypercore blind = peer.cores.open(core.key()).join();
      assertThat(blind.get(1).join()).isNotEqualTo(text("world"));
      assertThat(blind.info().join().byteLength()).isEqualTo(26);
      assertThat(core.get(1, GetOptions.DEFAULT.raw()).join()).isEqualTo(blind.get(1).join());
    }
  }

  @Test
  void batch_shouldFailWhenSomebodyElseWasFirst() {
    try (TestPeer peer = new TestPeer()) {
      Hypercore core = peer.cores.create("log").join();
      Batch first = core.batch().join();
      Batch second = core.batch().join();
      assertThat(first.add(text("a"))).isZero();
      assertThat(first.add(text("b"))).isEqualTo(1);
      second.add(text("x"));
      assertThat(first.flush().join().length()).isEqualTo(2);
      assertFails(Reason.CONFLICT, () -> second.flush().join());
      assertThat(core.info().join().length()).isEqualTo(2);
    }
  }

  @Test
  void snapshot_shouldStayUntilTruncated() {
    try (TestPeer peer = new TestPeer()) {
      Hypercore core = peer.cores.create("log").join();
      core.append(List.of(text("a"), text("b"))).join();
      Snapshot snapshot = core.snapshot().join();
      core.append(text("c")).join();
      assertThat(snapshot.length()).isEqualTo(2);
      assertThat(snapshot.get(1, GetOptions.DEFAULT).join()).isEqualTo(text("b"));
      assertFails(Reason.OUT_OF_RANGE, () -> snapshot.get(2, GetOptions.DEFAULT).join());
      core.truncate(2).join();
      assertThat(snapshot.isGone()).isFalse();
      core.truncate(1).join();
      assertThat(snapshot.isGone()).isTrue();
      assertFails(Reason.SNAPSHOT_GONE, () -> snapshot.get(0, GetOptions.DEFAULT).join());
    }
  }

  @Test
  void reader_shouldReadRangesAndFollow() {
    try (TestPeer peer = new TestPeer()) {
      Hypercore core = peer.cores.create("log").join();
      core.append(IntStream.range(0, 200).mapToObj(i -> text("" + i)).toList()).join();
      List<Long> read = new ArrayList<>();
      try (BlockReader reader = core.read(50, 150, GetOptions.STORED)) {
        for (Optional<ReadBlock> block = reader.next().join();
            block.isPresent();
            block = reader.next().join()) {
          assertThat(block.get().value()).isEqualTo(text("" + block.get().index()));
          read.add(block.get().index());
        }
      }
      assertThat(read).hasSize(100).isSorted().startsWith(50L).endsWith(149L);
      try (BlockReader live = core.read(199, -1, GetOptions.DEFAULT)) {
        assertThat(live.next().join().orElseThrow().index()).isEqualTo(199);
        CompletableFuture<Optional<ReadBlock>> next = live.next();
        assertThat(next).isNotDone();
        core.append(text("new")).join();
        assertThat(next.join()).contains(new ReadBlock(200, text("new")));
        core.truncate(200).join();
        core.append(text("newer")).join();
        assertThat(live.next().join()).contains(new ReadBlock(200, text("newer")));
        CompletableFuture<Optional<ReadBlock>> last = live.next();
        live.close();
        assertFails(Reason.CLOSED, last::join);
      }
    }
  }

  @Test
  void close_shouldFailWhatTheSessionWaitsFor() {
    try (TestPeer peer = new TestPeer()) {
      Hypercore core = peer.cores.create("log").join();
      Hypercore other = peer.cores.open(core.key()).join();
      CompletableFuture<Slice> block = core.get(7, GetOptions.waiting(Duration.ZERO));
      Download download = core.download(0, 10, DownloadOrder.LINEAR);
      assertThat(core.info().join().length()).isZero();
      core.close();
      assertFails(Reason.CLOSED, block::join);
      assertFails(Reason.CLOSED, () -> download.done().join());
      assertFails(Reason.CLOSED, () -> core.info().join());
      assertThat(other.append(text("still open")).join().length()).isEqualTo(1);
      assertThat(peer.cores.stats().sessions()).isEqualTo(1);
    }
  }

  @Test
  void get_shouldTimeOutOrBeGivenUp() {
    try (TestPeer peer = new TestPeer()) {
      Hypercore core = peer.cores.create("log").join();
      assertFails(
          Reason.TIMED_OUT, () -> core.get(0, GetOptions.waiting(Duration.ofMillis(30))).join());
      CompletableFuture<Slice> block = core.get(0, GetOptions.waiting(Duration.ZERO));
      block.cancel(false);
      CompletableFuture<Slice> own = core.get(0, GetOptions.waiting(Duration.ZERO));
      core.append(text("mine")).join();
      assertThat(own.join()).isEqualTo(text("mine"));
    }
  }

  @Test
  void strangersCore_shouldNotBeWritable() {
    try (TestPeer peer = new TestPeer()) {
      Fixed32 key = KeyPair.fromSeed(new byte[32]).publicKey();
      Hypercore core = peer.cores.open(key).join();
      assertFails(Reason.NOT_WRITABLE, () -> core.append(text("x")).join());
      assertFails(Reason.NOT_WRITABLE, () -> core.truncate(0).join());
      Fixed32 unknown = KeyPair.fromSeed(bytes(32, 3).toByteArray()).publicKey();
      assertFails(
          Reason.UNKNOWN_CORE, () -> peer.cores.openStored(unknown, OpenOptions.DEFAULT).join());
    }
  }

  @Test
  void manifestOfTwo_shouldNeedBoth() {
    try (TestPeer peer = new TestPeer()) {
      KeyPair one = KeyPair.fromSeed(bytes(32, 1).toByteArray());
      KeyPair two = KeyPair.fromSeed(bytes(32, 2).toByteArray());
      Manifest manifest = Manifest.ofSigners(List.of(one.publicKey(), two.publicKey()));
      Hypercore core = peer.cores.createWithManifest(manifest, one, OpenOptions.DEFAULT).join();
      assertThat(core.key()).isEqualTo(manifest.coreKey());
      assertFails(Reason.NOT_WRITABLE, () -> core.append(text("x")).join());
      assertFails(
          Reason.NOT_WRITABLE,
          () ->
              core.append(List.of(text("x")), head -> signed(manifest, head, List.of(one))).join());
      assertThat(core.info().join().length()).isZero();
      core.append(List.of(text("x")), head -> signed(manifest, head, List.of(one, two))).join();
      assertThat(core.get(0).join()).isEqualTo(text("x"));
      assertThat(peer.cores.verify(core.key()).join().isSound()).isTrue();
    }
  }

  private static Slice signed(Manifest manifest, TreeHead head, List<KeyPair> signers) {
    return HeadSigner.assemble(
        manifest,
        signers.stream()
            .map(signer -> HeadSigner.part(manifest, manifest.coreKey(), signer, head))
            .toList());
  }

  @Test
  void idleCores_shouldBeClosedWhenTheyAreTooMany() {
    try (TestPeer peer =
        new TestPeer(TestPeer.CONFIG.withMaxIdleCores(3), new InMemoryCoreStore())) {
      List<Fixed32> keys = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        try (Hypercore core = peer.cores.create("core " + i).join()) {
          core.append(text("block of " + i)).join();
          keys.add(core.key());
        }
      }
      peer.cores.sync().join();
      assertThat(peer.cores.stats().openCores()).isEqualTo(3);
      assertThat(peer.cores.stats().idleCores()).isEqualTo(3);
      Hypercore again = peer.cores.openStored(keys.getFirst(), OpenOptions.DEFAULT).join();
      assertThat(again.get(0).join()).isEqualTo(text("block of 0"));
      assertThat(again.append(text("more")).join().length()).isEqualTo(2);
    }
  }

  @Test
  void list_shouldShowAllInPages() {
    try (TestPeer peer = new TestPeer()) {
      Set<Fixed32> keys = new HashSet<>();
      for (int i = 0; i < 25; i++) {
        Hypercore core = peer.cores.create("core " + i).join();
        core.append(text("x")).join();
        keys.add(core.key());
      }
      Set<Fixed32> listed = new HashSet<>();
      int pages = 0;
      Fixed32 after = null;
      do {
        CorePage page = peer.cores.list(after, 10).join();
        page.cores().forEach(core -> listed.add(core.key()));
        assertThat(page.cores()).allMatch(core -> core.length() == 1 && core.byteLength() == 1);
        after = page.next();
        pages++;
      } while (after != null);
      assertThat(pages).isEqualTo(3);
      assertThat(listed).isEqualTo(keys);
    }
  }

  @Test
  void delete_shouldWaitForSessionsToEnd() {
    try (TestPeer peer = new TestPeer()) {
      Hypercore core = peer.cores.create("log").join();
      core.append(text("x")).join();
      assertFails(Reason.IN_USE, () -> peer.cores.delete(core.key()).join());
      core.close();
      assertThat(peer.cores.delete(core.key()).join()).isTrue();
      assertThat(peer.cores.delete(core.key()).join()).isFalse();
      assertThat(peer.cores.create("log").join().info().join().length()).isZero();
    }
  }

  @Test
  void close_shouldBringAppendsToTheirEnd() {
    TestPeer peer = new TestPeer();
    Hypercore core = peer.cores.create("log").join();
    List<CompletableFuture<AppendResult>> appends = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      appends.add(core.append(text("" + i)));
    }
    peer.close();
    assertThat(appends).allMatch(CompletableFuture::isDone);
    assertFails(Reason.CLOSED, () -> core.append(text("late")).join());
    assertFails(Reason.CLOSED, () -> peer.cores.create("late").join());
    await().until(core::isClosed);
    peer.close();
  }

  @Test
  void failingObserver_shouldNotKeepOthersFromTheirAnswers() {
    try (TestPeer peer = new TestPeer()) {
      Hypercore core = peer.cores.create("log").join();
      core.observe(
          new CoreObserver() {
            @Override
            public void appended(long from, long to) {
              throw new IllegalStateException("provoked by a test");
            }
          });
      List<Long> seen = new ArrayList<>();
      core.observe(
          new CoreObserver() {
            @Override
            public void appended(long from, long to) {
              seen.add(to);
            }
          });
      core.append(text("a")).join();
      core.append(text("b")).join();
      assertThat(seen).containsExactly(1L, 2L);
    }
  }

  @Test
  void failedSync_shouldFailTheAppendAndAllThatFollow() {
    InMemoryCoreStore memory = new InMemoryCoreStore();
    FailingStore store = new FailingStore(memory);
    try (TestPeer peer = new TestPeer(TestPeer.CONFIG, store)) {
      Hypercore core = peer.cores.create("log").join();
      core.append(text("kept")).join();
      store.isFailing = true;
      assertFails(Reason.STORAGE, () -> core.append(text("lost")).join());
      store.isFailing = false;
      assertFails(Reason.STORAGE, () -> core.append(text("refused")).join());
      // Peers never see what may not be on disk.
      assertThat(core.info().join().length()).isEqualTo(1);
      assertThat(peer.events).containsExactly("appended 0-1 local");
    }
  }

  @Test
  void close_shouldAnswerEveryCall() throws InterruptedException {
    for (int round = 0; round < 20; round++) {
      TestPeer peer = new TestPeer();
      Hypercore core = peer.cores.create("log").join();
      List<CompletableFuture<?>> calls = new ArrayList<>();
      Thread caller =
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < 300; i++) {
                  calls.add(core.append(text("" + i)));
                  calls.add(core.truncate(0));
                  calls.add(core.get(1_000));
                  calls.add(peer.cores.verify(core.key()));
                  calls.add(peer.cores.list(null, 10));
                }
              });
      peer.close();
      caller.join();
      await().until(() -> calls.stream().allMatch(CompletableFuture::isDone));
    }
  }
}
