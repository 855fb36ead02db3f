package org.peerstead.hypercore.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.core.NotWritableException.Reason;
import org.peerstead.hypercore.manifest.HeadException;
import org.peerstead.hypercore.manifest.Manifest;
import org.peerstead.hypercore.merkle.Proof;
import org.peerstead.hypercore.merkle.ProofException;
import org.peerstead.hypercore.merkle.ProofRequest;
import org.peerstead.hypercore.merkle.TreeHash;
import org.peerstead.hypercore.merkle.TreeHead;
import org.peerstead.hypercore.store.CoreBatch;
import org.peerstead.hypercore.store.CoreRecord;
import org.peerstead.hypercore.store.CoreStorage;
import org.peerstead.hypercore.store.InMemoryCoreStore;
import org.peerstead.hypercore.store.StorageException;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

class CoreTest {
  private final Random random = new Random(5);
  private final List<String> told = new ArrayList<>();
  private TwoCores cores;

  private final CoreListener listener =
      new CoreListener() {
        @Override
        public void appended(Core core, long from, long to) {
          told.add("appended " + from + "-" + to);
        }

        @Override
        public void truncated(Core core, long length, long oldLength) {
          told.add("truncated " + length + " of " + oldLength);
        }

        @Override
        public void blockStored(Core core, long index, int sizeBytes) {
          told.add("block " + index);
        }

        @Override
        public void blocksCleared(Core core, long from, long to) {
          told.add("cleared " + from + "-" + to);
        }

        @Override
        public void manifestLearnt(Core core) {
          told.add("manifest");
        }

        @Override
        public void frozen(Core core) {
          told.add("frozen");
        }
      };

  @BeforeEach
  void open() {
    cores = new TwoCores();
  }

  @Test
  void append_shouldBeHiddenFromPeersUntilItIsPublished() throws Exception {
    Core core = cores.writer;
    core.listen(listener);

    TreeHead first = core.append(List.of(block("a")));
    TreeHead second = core.append(List.of(block("b"), block("c")));

    assertThat(core.length()).isZero();
    assertThat(core.tip().length()).isEqualTo(3);
    assertThat(core.block(2)).isEqualTo(block("c"));
    assertThat(core.has(0)).isFalse();
    assertThat(core.contiguousLength()).isZero();
    assertThatThrownBy(
            () -> core.prove(new ProofRequest(0, new ProofRequest.Block(0, 0), null, null, null)))
        .isInstanceOf(ProofException.class);

    core.publish(first);
    assertThat(core.length()).isEqualTo(1);
    core.publish(second);
    core.publish(first);
    assertThat(core.length()).isEqualTo(3);
    assertThat(core.contiguousLength()).isEqualTo(3);
    assertThat(told).containsExactly("appended 0-1", "appended 1-3");
  }

  @Test
  void publish_shouldTellOfTruncationAndOfWhatFollowedIt() throws Exception {
    cores.append(random, 10);
    Core core = cores.writer;
    core.listen(listener);

    core.truncate(4);
    TreeHead tip = core.append(List.of(block("new"), block("newer")));
    core.publish(tip);

    assertThat(told).containsExactly("truncated 4 of 10", "appended 4-6");
    assertThat(core.fork()).isEqualTo(1);
  }

  @Test
  void truncate_shouldWaitForWhatIsNotOnDisk() throws Exception {
    cores.writer.append(List.of(block("a")));

    NotWritableException refusal =
        catchThrowableOfType(NotWritableException.class, () -> cores.writer.truncate(0));

    assertThat(refusal.reason()).isEqualTo(Reason.CHANGES_PENDING);
  }

  @Test
  void append_shouldChangeNothingWhenOneBlockIsTooLarge() {
    NotWritableException refusal =
        catchThrowableOfType(
            NotWritableException.class,
            () ->
                cores.writer.append(
                    List.of(block("fits"), Slice.of(new byte[Core.MAX_BLOCK_BYTES + 1]))));

    assertThat(refusal.reason()).isEqualTo(Reason.BLOCK_TOO_LARGE);
    cores.reopen();
    assertThat(cores.writer.length()).isZero();
    assertThat(cores.writer.block(0)).isNull();
  }

  @Test
  void append_shouldBeRefusedForACoreOfSomebodyElse() {
    NotWritableException refusal =
        catchThrowableOfType(
            NotWritableException.class, () -> cores.reader.append(List.of(block("a"))));

    assertThat(refusal.reason()).isEqualTo(Reason.NO_KEY);
    assertThat(cores.reader.isWritable()).isFalse();
    assertThat(cores.writer.isWritable()).isTrue();
  }

  @Test
  void apply_shouldLearnManifestHeadAndBlockAtOnce() throws Exception {
    cores.append(random, 3);
    cores.reader.listen(listener);

    Proof proof =
        cores.writer.prove(
            new ProofRequest(
                0, new ProofRequest.Block(2, 0), null, null, new ProofRequest.Upgrade(0, 3)));
    cores.reader.apply(proof, cores.writer.manifest());

    assertThat(told).containsExactly("manifest", "appended 0-3", "block 2");
    cores.reopen();
    assertThat(cores.reader.manifest()).isEqualTo(cores.writer.manifest());
    assertThat(cores.reader.block(2)).isEqualTo(cores.writer.block(2));
    assertThat(cores.reader.head().treeHash()).isEqualTo(cores.writer.head().treeHash());
  }

  @Test
  void apply_shouldChangeNothingWhenTheBlockWasTamperedWith() throws Exception {
    cores.append(random, 9);
    cores.upgrade();
    Proof honest = cores.proofOf(5);
    Proof tampered =
        new Proof(
            honest.fork(),
            new Proof.Block(5, block("forged"), honest.block().nodes()),
            null,
            null,
            null);

    assertThatThrownBy(() -> cores.reader.apply(tampered, null)).isInstanceOf(ProofException.class);

    assertThat(cores.reader.has(5)).isFalse();
    assertThat(cores.reader.nodes().node(10)).isNull();
    assertThat(cores.reader.apply(honest, null).block()).isEqualTo(5);
  }

  @Test
  void apply_shouldRefuseAHeadThatTheSignerDidNotSign() throws Exception {
    cores.append(random, 4);
    Proof honest = cores.writer.prove(TwoCores.upgradeRequest(0, 0, 4));
    byte[] signature = honest.upgrade().signature().toByteArray();
    signature[20] ^= 1;
    Proof forged =
        new Proof(
            0,
            null,
            null,
            null,
            new Proof.Upgrade(0, 4, honest.upgrade().nodes(), List.of(), Slice.of(signature)));

    assertThatThrownBy(() -> cores.reader.apply(forged, cores.writer.manifest()))
        .isInstanceOf(HeadException.class);
    assertThat(cores.reader.length()).isZero();
    assertThat(cores.reader.manifest()).isNull();
  }

  @Test
  void apply_shouldRefuseTheManifestOfAnotherCore() throws Exception {
    cores.append(random, 4);
    Manifest other = Manifest.ofKeyPair(KeyPair.fromSeed(new byte[32]).publicKey());

    assertThatThrownBy(
            () -> cores.reader.apply(cores.writer.prove(TwoCores.upgradeRequest(0, 0, 4)), other))
        .isInstanceOf(HeadException.class);
  }

  @Test
  void compatCore_shouldBeRecognisedByItsFirstSignature() throws Exception {
    KeyPair keyPair = KeyPair.fromSeed(new byte[32]);
    Manifest compat = Manifest.compat(keyPair.publicKey());
    InMemoryCoreStore store = new InMemoryCoreStore();
    store.create(keyPair.publicKey(), compat.encode(), null);
    Core writer = new Corestore(store, new byte[32]).openWith(keyPair.publicKey(), keyPair);
    writer.publish(writer.append(List.of(block("old"))));
    assertThat(writer.isCompat()).isTrue();
    assertThat(writer.signature().length()).isEqualTo(64);
    Core reader = new Corestore(new InMemoryCoreStore(), new byte[32]).open(keyPair.publicKey());

    reader.apply(writer.prove(TwoCores.upgradeRequest(0, 0, 1)), null);

    assertThat(reader.length()).isEqualTo(1);
    assertThat(reader.isCompat()).isTrue();
  }

  @Test
  void reorg_shouldKeepTheBlocksThatBothForksShare() throws Exception {
    cores.append(random, 100);
    cores.upgrade();
    for (int i = 0; i < 100; i += 3) {
      cores.fetch(i);
    }
    cores.writer.publish(cores.writer.truncate(70));
    cores.append(random, 50);
    cores.reader.listen(listener);

    cores.upgrade();

    assertThat(told).containsExactly("truncated 70 of 100", "appended 70-120");
    assertThat(cores.reader.has(69)).isTrue();
    assertThat(cores.reader.has(72)).isFalse();
    cores.reopen();
    assertThat(cores.reader.block(69)).isEqualTo(cores.writer.block(69));
    assertThat(cores.fetch(71).block()).isEqualTo(71);
    assertThat(cores.reader.head().treeHash()).isEqualTo(cores.writer.head().treeHash());
  }

  @Test
  void reorg_shouldBeRefusedWhenTheCoreMovedMeanwhile() throws Exception {
    cores.append(random, 8);
    cores.upgrade();
    Proof longer = null;
    cores.append(random, 2);
    longer = cores.writer.prove(TwoCores.upgradeRequest(0, 8, 2));
    cores.writer.publish(cores.writer.truncate(5));
    Reorg reorg =
        cores.reader.beginReorg(
            cores.writer.prove(TwoCores.upgradeRequest(1, 0, 5)), cores.writer.manifest());

    cores.reader.apply(longer, null);

    assertThatThrownBy(() -> cores.reader.reorg(reorg)).isInstanceOf(HeadException.class);
  }

  @Test
  void contradicts_shouldTellAForkOfTheSameNumberFromAnOlderHead() throws Exception {
    cores.append(random, 6);
    Proof older = cores.writer.prove(TwoCores.upgradeRequest(0, 0, 6));
    cores.append(random, 6);
    cores.upgrade();
    TwoCores liar = new TwoCores();
    liar.append(new Random(77), 9);
    Proof other = liar.writer.prove(TwoCores.upgradeRequest(0, 0, 9));

    assertThat(cores.reader.contradicts(older, null)).isFalse();
    assertThat(cores.reader.contradicts(other, null)).isTrue();
  }

  @Test
  void freeze_shouldLastAndStopChanges() throws Exception {
    cores.append(random, 6);
    cores.upgrade();
    cores.reader.listen(listener);
    cores.reader.freeze(block("evidence"));
    Proof proof = cores.proofOf(1);

    assertThat(told).containsExactly("frozen");
    assertThatThrownBy(() -> cores.reader.apply(proof, null)).isInstanceOf(ProofException.class);
    cores.reopen();
    assertThat(cores.reader.isFrozen()).isTrue();
  }

  @Test
  void clear_shouldFreeBlocksThatCanBeFetchedAgain() throws Exception {
    cores.append(random, 20);
    cores.upgrade();
    for (int i = 0; i < 20; i++) {
      cores.fetch(i);
    }
    cores.reader.listen(listener);

    cores.reader.clear(3, 8);
    cores.reader.clear(18, 1_000);

    assertThat(told).containsExactly("cleared 3-8", "cleared 18-20");
    assertThat(cores.reader.contiguousLength()).isEqualTo(3);
    assertThat(cores.fetch(4).block()).isEqualTo(4);
    assertThat(cores.reader.block(4)).isEqualTo(cores.writer.block(4));
  }

  @Test
  void failedCommit_shouldLeaveNothingClaimed() throws Exception {
    cores.append(random, 4);
    AtomicBoolean isFull = new AtomicBoolean();
    CoreRecord record = cores.writer.record();
    Core core =
        Core.load(
            record,
            failing(cores.writerStore.storage(record), isFull),
            cores.writer.manifest(),
            new Corestore(new InMemoryCoreStore(), new byte[32]).keyPair(record.alias()),
            new TreeHash());

    isFull.set(true);
    assertThatThrownBy(() -> core.append(List.of(block("lost"))))
        .isInstanceOf(StorageException.class);
    assertThatThrownBy(() -> core.clear(0, 2)).isInstanceOf(StorageException.class);

    assertThat(core.tip().length()).isEqualTo(4);
    assertThat(core.bitfield().contiguousLength()).isEqualTo(4);
    isFull.set(false);
    core.publish(core.append(List.of(block("kept"))));
    assertThat(core.block(4)).isEqualTo(block("kept"));
  }

  /** The storage, whose batches fail while {@code isFull}. */
  private static CoreStorage failing(CoreStorage storage, AtomicBoolean isFull) {
    return proxy(
        CoreStorage.class,
        (self, method, arguments) -> {
          Object result = method.invoke(storage, arguments);
          return method.getName().equals("batch") ? failing((CoreBatch) result, isFull) : result;
        });
  }

  private static CoreBatch failing(CoreBatch batch, AtomicBoolean isFull) {
    return proxy(
        CoreBatch.class,
        (self, method, arguments) -> {
          if (method.getName().equals("commit") && isFull.get()) {
            throw new StorageException("the disk is full");
          }
          Object result = method.invoke(batch, arguments);
          return result == batch ? self : result;
        });
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  @Test
  void named_shouldLeadToTheSameCoreInEveryStoreOfOneKey() {
    Core again =
        new Corestore(new InMemoryCoreStore(), new byte[32]).open(cores.writer.record().alias());
    byte[] otherKey = new byte[32];
    otherKey[0] = 1;
    Core other =
        new Corestore(new InMemoryCoreStore(), otherKey).open(cores.writer.record().alias());

    assertThat(again.key()).isEqualTo(cores.writer.key());
    assertThat(other.key()).isNotEqualTo(cores.writer.key());
  }

  @Test
  void corestore_shouldHoldACoreOpenWhileItHasUsers() {
    Corestore corestore = new Corestore(new InMemoryCoreStore(), new byte[32]);
    Fixed32 key = cores.writer.key();

    Core first = corestore.open(key);
    Core second = corestore.openStored(first.discoveryKey());
    assertThat(second).isSameAs(first);
    corestore.close(first);
    assertThat(corestore.openCount()).isEqualTo(1);
    corestore.close(second);
    assertThat(corestore.openCount()).isZero();
    assertThatThrownBy(() -> corestore.close(first)).isInstanceOf(IllegalStateException.class);
    assertThat(corestore.openStored(Fixed32.of(new byte[32]))).isNull();
  }

  private static Slice block(String text) {
    return Slice.of(text.getBytes(StandardCharsets.UTF_8));
  }
}
