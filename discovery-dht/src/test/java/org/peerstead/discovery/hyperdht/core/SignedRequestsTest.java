package org.peerstead.discovery.hyperdht.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.hyperdht.records.RecordLimits;
import org.peerstead.discovery.hyperdht.wire.HyperdhtCommand;
import org.peerstead.discovery.hyperdht.wire.MutablePut;
import org.peerstead.discovery.hyperdht.wire.MutableValue;
import org.peerstead.discovery.rpc.core.DropReason;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.Response;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

class SignedRequestsTest {
  private static final NodeAddress ASKER = LoneNode.ASKER;

  private final LoneNode node = new LoneNode(RecordLimits.DEFAULT);
  private final Fixed32 topic = node.random32();

  private Request forged(Request good) {
    byte[] value = Objects.requireNonNull(good.value()).toByteArray();
    value[value.length - 40] ^= 1;
    return LoneNode.request((int) good.command(), good.target(), good.token(), Slice.of(value));
  }

  private List<Request> announcements(int count) {
    List<Request> announcements = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      announcements.add(node.announcement(ASKER, topic, node.keyPair(), 2));
    }
    return announcements;
  }

  private void receive(Request request) {
    node.receive(ASKER, RpcCodec.encode(request));
  }

  @Test
  void requestsOfABatch_shouldBeAnsweredAtItsEnd() {
    List<Request> announcements = announcements(10);
    node.sent.clear();
    node.node().beginBatch();
    announcements.forEach(this::receive);
    assertThat(node.sent).isEmpty();
    assertThat(node.records.counts().topics()).isZero();
    node.node().endBatch();
    assertThat(node.sent).hasSize(10);
    assertThat(node.records.counts().topics()).isEqualTo(1);
    receive(announcements(1).getFirst());
    assertThat(node.sent).extracting(LoneNode.Sent::to).containsOnly(ASKER);
  }

  @Test
  void badSignatures_shouldNotHarmTheGoodOnesBesideThem() {
    for (int size : new int[] {1, 2, 3, 20}) {
      for (int bad = 0; bad < size; bad++) {
        List<Request> announcements = announcements(size);
        int refused = node.dropped(DropReason.BAD_SIGNATURE);
        node.sent.clear();
        node.node().beginBatch();
        for (int i = 0; i < size; i++) {
          receive(i == bad ? forged(announcements.get(i)) : announcements.get(i));
        }
        node.node().endBatch();
        assertThat(node.sent).hasSize(size - 1);
        assertThat(node.dropped(DropReason.BAD_SIGNATURE)).isEqualTo(refused + 1);
      }
    }
  }

  @Test
  void requestsOfALargeBatch_shouldNotWaitForAll() {
    List<Request> announcements = announcements(SignedRequests.MAX_TOGETHER + 5);
    node.sent.clear();
    node.node().beginBatch();
    announcements.forEach(this::receive);
    assertThat(node.sent).hasSize(SignedRequests.MAX_TOGETHER);
    node.node().endBatch();
    assertThat(node.sent).hasSize(SignedRequests.MAX_TOGETHER + 5);
  }

  /** Values of one owner in one batch are stored in the order in which they came. */
  @Test
  void values_shouldKeepTheirOrder() {
    KeyPair owner = node.keyPair();
    Fixed32 target = Blake2b.hash(owner.publicKey().toSlice());
    Fixed32 token = node.token(ASKER);
    node.sent.clear();
    node.node().beginBatch();
    for (int seq : new int[] {1, 3, 2}) {
      Slice value = Slice.of(new byte[] {(byte) seq});
      receive(
          LoneNode.request(
              HyperdhtCommand.MUTABLE_PUT,
              target,
              token,
              new MutablePut(owner.publicKey(), MutableValue.sign(owner, seq, value)).encode()));
    }
    node.node().endBatch();
    assertThat(node.sent)
        .extracting(each -> ((Response) each.packet()).error())
        .containsExactly(0L, 0L, 17L);
  }
}
