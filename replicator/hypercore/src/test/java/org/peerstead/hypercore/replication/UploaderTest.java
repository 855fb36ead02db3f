package org.peerstead.hypercore.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.merkle.ProofRequest;
import org.peerstead.hypercore.wire.HypercoreMessage;
import org.peerstead.hypercore.wire.HypercoreMessage.Cancel;
import org.peerstead.hypercore.wire.HypercoreMessage.Data;
import org.peerstead.hypercore.wire.HypercoreMessage.NoData;
import org.peerstead.hypercore.wire.HypercoreMessage.Range;
import org.peerstead.hypercore.wire.HypercoreMessage.Request;
import org.peerstead.hypercore.wire.HypercoreMessage.Sync;
import org.peerstead.hypercore.wire.HypercoreMessage.Want;

class UploaderTest {
  private final SimulatedNetwork network = new SimulatedNetwork(1);
  private final SimulatedNode node = network.node("node");
  private final CoreReplication core = node.create("log");

  private RawPeer peer(int blocks) {
    SimulatedNode.append(core.core(), blocks, 20);
    RawPeer peer = new RawPeer(node).open(core.core().key());
    peer.take();
    return peer;
  }

  private static Request block(long id, long index, int priority) {
    return new Request(
        id,
        new ProofRequest(0, new ProofRequest.Block(index, 0), null, null, null),
        false,
        priority);
  }

  private static List<Long> ids(List<HypercoreMessage> messages) {
    List<Long> ids = new ArrayList<>();
    for (HypercoreMessage message : messages) {
      if (message instanceof Data data) {
        ids.add(data.requestId());
      }
    }
    return ids;
  }

  @Test
  void answers_shouldGoOutAsOneBatch() {
    RawPeer peer = peer(10);

    peer.batch(List.of(block(1, 0, 0), block(2, 1, 0), block(3, 2, 0)));

    List<org.peerstead.securestream.encoding.Slice> raw = peer.takeRaw();
    assertThat(raw).hasSize(1);
    assertThat(Transcript.items(raw.getFirst())).hasSize(3);
  }

  @Test
  void request_shouldBeAnsweredFirstWhenSomebodyWaits() {
    RawPeer peer = peer(10);
    peer.isFull = true;
    peer.batch(List.of(block(1, 0, 0), block(2, 1, 0), block(3, 2, 1), block(4, 3, 1)));
    assertThat(peer.take()).isEmpty();

    peer.isFull = false;
    node.replicator.writable(peer.connection, 0);

    assertThat(ids(peer.take())).containsExactly(4L, 3L, 1L, 2L);
  }

  @Test
  void cancel_shouldDropWhatWaits() {
    RawPeer peer = peer(10);
    peer.isFull = true;
    peer.batch(List.of(block(1, 0, 0), block(2, 1, 0)));
    peer.send(new Cancel(1));
    peer.send(new Cancel(77));

    peer.isFull = false;
    node.replicator.writable(peer.connection, 0);

    assertThat(ids(peer.take())).containsExactly(2L);
    assertThat(peer.connection.queuedRequests).isZero();
  }

  @Test
  void request_shouldReplaceOneWithTheSameId() {
    RawPeer peer = peer(10);
    peer.isFull = true;
    peer.batch(List.of(block(1, 0, 0), block(1, 5, 0)));

    peer.isFull = false;
    node.replicator.writable(peer.connection, 0);

    List<Data> answers = peer.take(Data.class);
    assertThat(answers).hasSize(1);
    assertThat(answers.getFirst().proof().block()).isNotNull();
    assertThat(answers.getFirst().proof().block().index()).isEqualTo(5);
  }

  @Test
  void request_shouldSeeOnlyWhatIsPublished() throws Exception {
    RawPeer peer = peer(3);
    core.core().append(List.of(SimulatedNode.block(0, 3, 20)));

    peer.send(block(1, 3, 0));
    peer.send(
        new Request(
            2, new ProofRequest(0, null, null, null, new ProofRequest.Upgrade(0, 3)), false, 0));
    peer.send(new Want(0, 32, false));

    List<HypercoreMessage> answers = peer.take();
    assertThat(answers.get(0)).isEqualTo(new NoData(1, NoData.NOT_AVAILABLE));
    assertThat(((Data) answers.get(1)).proof().upgrade().additionalNodes()).isEmpty();
    assertThat(answers.get(2)).isEqualTo(new Range(false, 0, 3));

    core.core().publish(core.core().tip());
    node.replicator.onDeadline(0);
    List<HypercoreMessage> news = peer.take();
    assertThat(news).contains(new Range(false, 0, 4));
    assertThat(news).anyMatch(each -> each instanceof Sync sync && sync.length() == 4);
  }

  @Test
  void floodOfInvalidRequests_shouldEndTheConnection() {
    RawPeer peer = peer(10);
    for (int i = 1; i < 64; i++) {
      peer.send(
          new Request(
              i, new ProofRequest(0, new ProofRequest.Block(0, 50), null, null, null), false, 0));
    }
    assertThat(peer.reason).isNull();
    assertThat(peer.take(NoData.class)).hasSize(63).allMatch(each -> each.reason() == 2);

    peer.send(
        new Request(
            64, new ProofRequest(0, new ProofRequest.Block(0, 50), null, null, null), false, 0));

    assertThat(peer.reason).isEqualTo(DisconnectReason.INVALID_REQUESTS);
    assertThat(node.replicator.stats().disconnects(DisconnectReason.INVALID_REQUESTS)).isOne();
    assertThat(core.peerCount()).isZero();
  }

  @Test
  void floodOfRequests_shouldEndTheConnectionOfAPeerThatDoesNotRead() {
    RawPeer peer = peer(10);
    peer.isFull = true;
    for (int i = 1; i <= 1_024; i++) {
      peer.send(block(i, i % 10, 0));
    }
    assertThat(peer.reason).isNull();

    peer.send(block(2_000, 1, 0));

    assertThat(peer.reason).isEqualTo(DisconnectReason.TOO_MANY_REQUESTS);
    assertThat(peer.connection.queuedRequests).isZero();
  }

  @Test
  void peerThatReadsNothing_shouldBeLeftAtLast() {
    RawPeer peer = peer(10);
    peer.isFull = true;
    SimulatedNode.append(core.core(), 1, 10);
    long deadline = node.replicator.nextDeadlineNanos();
    assertThat(deadline).isEqualTo(120_000_000_000L);

    node.replicator.onDeadline(deadline - 1);
    assertThat(peer.reason).isNull();
    node.replicator.onDeadline(deadline);

    assertThat(peer.reason).isEqualTo(DisconnectReason.SLOW_READER);
  }

  @Test
  void cores_shouldBeServedInTurn() {
    List<CoreReplication> cores = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      CoreReplication each = node.create("core " + i);
      SimulatedNode.append(each.core(), 40, 60_000);
      cores.add(each);
    }
    SimulatedNode reader = network.node("reader", ReplicationConfig.DEFAULT.withWindow(40));
    List<CoreReplication> copies = new ArrayList<>();
    for (CoreReplication each : cores) {
      CoreReplication copy = reader.follow(each.core().key());
      copy.download(0, 40, Download.Order.LINEAR, null, 0);
      copies.add(copy);
    }
    // 1 MB/s and a small buffer: after 4 of 7 seconds each core has its share.
    network.connect(reader, node, 1_000_000, 1_000, 100_000);
    network.run(4_000_000_000L);

    for (CoreReplication copy : copies) {
      assertThat(copy.core().bitfield().count(0, 40)).isBetween(16L, 26L);
    }
    network.run();
    for (CoreReplication copy : copies) {
      assertThat(copy.core().contiguousLength()).isEqualTo(40);
    }
  }

  @Test
  void peers_shouldBeServedInTurn() {
    SimulatedNode.append(core.core(), 400, 60_000);
    List<CoreReplication> copies = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      SimulatedNode reader = network.node("reader " + i);
      CoreReplication copy = reader.follow(core.core().key());
      copy.download(0, 400, Download.Order.RANDOM, null, 0);
      copies.add(copy);
      network.connect(reader, node, 1_000_000, 500, 200_000);
    }
    network.run(6_000_000_000L);

    long most = 0;
    long least = Long.MAX_VALUE;
    for (CoreReplication copy : copies) {
      long count = copy.core().bitfield().count(0, 400);
      most = Math.max(most, count);
      least = Math.min(least, count);
    }
    assertThat(least).isGreaterThan(100);
    assertThat(most - least).isLessThan(20);
  }

  @Test
  void wants_shouldCountAsRequests() {
    RawPeer peer = peer(10);
    peer.isFull = true;
    for (int i = 0; i <= 1_024; i++) {
      peer.send(new Want(0, 32, false));
    }
    assertThat(peer.reason).isEqualTo(DisconnectReason.TOO_MANY_REQUESTS);
  }
}
