package org.peerstead.hypercore.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.securestream.encoding.Slice;

/** What happens when we fail, or when a peer's knowledge is made to cost much. */
class ReplicatorFailureTest {
  private final SimulatedNetwork network = new SimulatedNetwork(1);
  private final SimulatedNode writer = network.node("writer");
  private final SimulatedNode reader = network.node("reader");

  @Test
  void failingListener_shouldCostThatConnectionOnly() {
    CoreReplication source = writer.create("log");
    SimulatedNode.append(source.core(), 10, 10);
    source.extension(
        "bug",
        (peer, payload, nowNanos) -> {
          throw new IllegalStateException("a bug");
        });
    RawPeer bad = new RawPeer(writer).open(source.core().key());
    RawPeer good = new RawPeer(writer).open(source.core().key());
    good.take();

    assertThatThrownBy(() ->
            bad.send(
                new org.peerstead.hypercore.wire.HypercoreMessage.Extension("bug", Slice.EMPTY)))
        .isInstanceOf(IllegalStateException.class);

    assertThat(bad.reason).isEqualTo(DisconnectReason.INTERNAL_ERROR);
    assertThat(source.connections()).containsExactly(good.connection);
    SimulatedNode.append(source.core(), 1, 10);
    assertThat(good.take()).isNotEmpty();
  }

  @Test
  void search_shouldGoOnThroughAnyPatternOfBlocks() {
    int blocks = 40_000;
    CoreReplication source = writer.create("log");
    for (int i = 0; i < blocks; i += 1_000) {
      SimulatedNode.append(source.core(), 1_000, 1);
    }
    // Ours are all even blocks but one; the peer has the even blocks.
    CoreReplication copy = reader.follow(source.core().key());
    SimulatedNetwork.End end = network.connect(reader, writer);
    network.run(1_000_000);
    for (int i = 0; i < blocks; i += 2) {
      if (i != 30_000) {
        copy.get(i, 1, new Nobody(), network.nowNanos);
      }
    }
    network.run();
    end.close();
    network.run(1_000_000);
    SimulatedNode odd = network.node("odd");
    CoreReplication part = odd.follow(source.core().key());
    end = network.connect(odd, writer);
    network.run(1_000_000);
    for (int i = 0; i < blocks; i += 2) {
      part.get(i, 1, new Nobody(), network.nowNanos);
    }
    network.run();
    end.close();
    network.run(1_000_000);

    copy.download(0, blocks, Download.Order.LINEAR, null, network.nowNanos);
    network.connect(reader, odd);
    network.run();

    assertThat(copy.core().has(30_000)).isTrue();
    assertThat(copy.core().bitfield().count(0, blocks)).isEqualTo(blocks / 2);
  }

  @Test
  void manyCores_shouldReplicateOverOneConnection() {
    List<CoreReplication> sources = new ArrayList<>();
    List<CoreReplication> copies = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      CoreReplication source = writer.create("core " + i);
      SimulatedNode.append(source.core(), 3, 10);
      sources.add(source);
      CoreReplication copy = reader.follow(source.core().key());
      copy.download(0, 3, Download.Order.LINEAR, null, 0);
      copies.add(copy);
    }
    SimulatedNetwork.End end = network.connect(reader, writer);
    network.run();
    assertThat(copies).allMatch(copy -> copy.core().contiguousLength() == 3);
    assertThat(end.connection).isNotNull();
    assertThat(end.connection.openCores()).isEqualTo(500);
    assertThat(end.connection.requestsInFlight).isZero();
  }

  private record Nobody() implements GetListener {
    @Override
    public void block(long index, Slice value) {}

    @Override
    public void failed(long index, Failure failure) {}
  }
}
