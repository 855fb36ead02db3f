package org.peerstead.hypercore.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.core.Core;
import org.peerstead.securestream.encoding.Slice;

/** The whole machine against itself, with a quick link between. */
class ReplicatorTest {
  private final SimulatedNetwork network = new SimulatedNetwork(1);
  private final SimulatedNode writer = network.node("writer");
  private final SimulatedNode reader = network.node("reader");

  @Test
  void download_shouldBringAllBlocksInOrderAndComplete() {
    CoreReplication source = writer.create("log");
    SimulatedNode.append(source.core(), 1_000, 100);
    CoreReplication copy = reader.follow(source.core().key());
    List<String> done = new ArrayList<>();
    copy.download(0, 1_000, Download.Order.LINEAR, () -> done.add("done"), 0);
    network.connect(reader, writer);

    network.run();

    assertThat(done).containsExactly("done");
    assertThat(copy.core().contiguousLength()).isEqualTo(1_000);
    for (int i = 0; i < 1_000; i++) {
      assertThat(copy.core().block(i)).isEqualTo(source.core().block(i));
    }
    assertThat(copy.requests().taken()).isZero();
  }

  @Test
  void download_shouldFollowALiveCore() {
    CoreReplication source = writer.create("log");
    CoreReplication copy = reader.follow(source.core().key());
    copy.download(0, Download.LIVE, Download.Order.LINEAR, null, 0);
    network.connect(reader, writer);
    network.run();
    assertThat(copy.core().manifest()).isNotNull();

    for (int i = 0; i < 10; i++) {
      SimulatedNode.append(source.core(), 1 + i, 20);
      network.run();
      assertThat(copy.core().contiguousLength()).isEqualTo(source.core().length());
    }
  }

  @Test
  void get_shouldBringOneBlockAndNothingElse() {
    CoreReplication source = writer.create("log");
    SimulatedNode.append(source.core(), 100, 20);
    CoreReplication copy = reader.follow(source.core().key());
    network.connect(writer, reader);
    List<Slice> got = new ArrayList<>();
    copy.get(57, 1, new Got(got), network.nowNanos);

    network.run();

    assertThat(got).containsExactly(SimulatedNode.block(0, 57, 20));
    Core core = copy.core();
    assertThat(core.bitfield().count(0, 100)).isEqualTo(1);
    assertThat(core.length()).isEqualTo(100);
  }

  private record Got(List<Slice> got) implements GetListener {
    @Override
    public void block(long index, Slice value) {
      got.add(value);
    }

    @Override
    public void failed(long index, Failure failure) {
      throw new AssertionError(index + ": " + failure);
    }
  }
}
