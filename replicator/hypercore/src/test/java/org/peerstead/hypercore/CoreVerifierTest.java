package org.peerstead.hypercore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.hypercore.TestPeer.bytes;
import static org.peerstead.hypercore.TestPeer.text;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.hypercore.store.CoreBatch;
import org.peerstead.hypercore.store.CoreRecord;
import org.peerstead.hypercore.store.CoreStorage;
import org.peerstead.hypercore.store.InMemoryCoreStore;
import org.peerstead.hypercore.store.StoredHead;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.crypto.Namespaces;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** What a disk, or somebody at it, may have changed. */
class CoreVerifierTest {
  private static final int BLOCKS = 23;

  private InMemoryCoreStore store = new InMemoryCoreStore();
  private Fixed32 key = Fixed32.of(new byte[32]);

  private CoreStorage storage() {
    CoreRecord record = store.find(Namespaces.discoveryKey(key));
    assertThat(record).isNotNull();
    return store.storage(record);
  }

  private Verification verifyAfter(Consumer<CoreBatch> change) {
    store = new InMemoryCoreStore();
    try (TestPeer peer = new TestPeer(TestPeer.CONFIG, store)) {
      Hypercore core = peer.cores.create("log").join();
      key = core.key();
      core.append(LongStream.range(0, BLOCKS).mapToObj(i -> bytes(100, i)).toList()).join();
      CoreBatch batch = storage().batch();
      change.accept(batch);
      batch.commit();
      return peer.cores.verify(key).join();
    }
  }

  private static List<Defect.Kind> kinds(Verification verification) {
    assertThat(verification.isSound()).isFalse();
    assertThat(verification.isComplete()).isTrue();
    return verification.defects().stream().map(Defect::kind).distinct().toList();
  }

  private StoredHead head() {
    StoredHead head = storage().head();
    assertThat(head).isNotNull();
    return head;
  }

  @Test
  void nothingChanged_shouldBeSound() {
    Verification verification = verifyAfter(batch -> batch.userData("any", text("x")));
    assertThat(verification.isSound()).isTrue();
    assertThat(verification.blocksChecked()).isEqualTo(BLOCKS);
    assertThat(verification.bytesChecked()).isEqualTo(100 * BLOCKS);
    // 16 + 4 + 2 + 1 leaves below four roots, and the parents.
    assertThat(verification.nodesChecked()).isEqualTo(2 * BLOCKS - 4);
  }

  @Test
  void changedBlock_shouldBeFound() {
    Verification verification = verifyAfter(batch -> batch.block(7, bytes(100, 99)));
    assertThat(verification.defects())
        .singleElement()
        .satisfies(defect -> {
          assertThat(defect.kind()).isEqualTo(Defect.Kind.BLOCK_HASH);
          assertThat(defect.index()).isEqualTo(7);
        });
  }

  @Test
  void lostBlock_shouldBeFound() {
    assertThat(kinds(verifyAfter(batch -> batch.deleteBlocks(3, 5))))
        .containsExactly(Defect.Kind.BLOCK_MISSING);
  }

  @Test
  void changedNodes_shouldBeFound() {
    assertThat(
            kinds(verifyAfter(batch -> batch.node(new TreeNode(9, 200, Fixed32.of(new byte[32]))))))
        .containsExactly(Defect.Kind.NODE_HASH);
    assertThat(
            kinds(verifyAfter(batch -> batch.node(new TreeNode(9, 201, Fixed32.of(new byte[32]))))))
        .containsExactly(Defect.Kind.NODE_HASH);
  }

  @Test
  void lostNodes_shouldBeFound() {
    assertThat(kinds(verifyAfter(batch -> batch.deleteNodes(9, 10))))
        .containsExactly(Defect.Kind.NODE_MISSING);
    assertThat(kinds(verifyAfter(batch -> batch.deleteNodes(0, 15))))
        .contains(Defect.Kind.NODE_MISSING);
    assertThat(kinds(verifyAfter(batch -> batch.deleteNodes(15, 16))))
        .containsExactly(Defect.Kind.ROOT_MISSING);
  }

  @Test
  void changedHead_shouldBeFound() {
    assertThat(
            kinds(
                verifyAfter(batch -> {
                  StoredHead head = head();
                  byte[] signature = head.signature().toByteArray();
                  signature[40] ^= 1;
                  batch.head(
                      new StoredHead(
                          head.fork(),
                          head.length(),
                          head.byteLength() + 1,
                          Fixed32.of(new byte[32]),
                          Slice.of(signature)));
                })))
        .containsExactly(Defect.Kind.BYTE_LENGTH, Defect.Kind.TREE_HASH, Defect.Kind.SIGNATURE);
  }

  @Test
  void otherManifest_shouldBeFound() {
    Slice other =
        org.peerstead.hypercore.manifest.Manifest.ofKeyPair(
                KeyPair.fromSeed(new byte[32]).publicKey())
            .encode();
    assertThat(kinds(verifyAfter(batch -> batch.manifest(other))))
        .containsExactly(Defect.Kind.MANIFEST);
  }
}
