package org.peerstead.hypercore.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.core.Core;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.SeededCases;

/**
 * Worlds of a writer, some readers and perhaps a liar, over links of random delay, speed and buffer
 * that break now and then, while the writer appends and truncates. When the world calms down, every
 * honest reader has everything, whatever happened before.
 */
class ReplicationSimulationTest {
  private static final long MILLIS = 1_000_000;
  private static final long SECONDS = 1_000 * MILLIS;

  /** One world. */
  private static final class World {
    final RandomGenerator random;
    final SimulatedNetwork network;
    final SimulatedNode writer;
    final List<SimulatedNode> readers = new ArrayList<>();
    final List<CoreReplication> sources = new ArrayList<>();
    final List<List<CoreReplication>> copies = new ArrayList<>();
    final List<SimulatedNetwork.End> ends = new ArrayList<>();
    final boolean isLossy;

    World(RandomGenerator random, boolean isLossy, int cores, int readerCount) {
      this.random = random;
      this.isLossy = isLossy;
      this.network = new SimulatedNetwork(random.nextLong());
      ReplicationConfig config =
          ReplicationConfig.DEFAULT
              .withWindow(1 + random.nextInt(48))
              .withWantBlocks(random.nextBoolean() ? 32 : 4_096)
              .withHotswapNanos(random.nextLong(1, 500 * MILLIS));
      writer = network.node("writer", config);
      for (int i = 0; i < cores; i++) {
        sources.add(writer.create("core " + i));
        SimulatedNode.append(sources.getLast().core(), random.nextInt(200), 10);
      }
      for (int i = 0; i < readerCount; i++) {
        SimulatedNode reader = network.node("reader " + i, config);
        readers.add(reader);
        List<CoreReplication> own = new ArrayList<>();
        for (CoreReplication source : sources) {
          CoreReplication copy = reader.follow(source.core().key());
          own.add(copy);
          copy.download(
              0,
              Download.LIVE,
              random.nextBoolean() ? Download.Order.LINEAR : Download.Order.RANDOM,
              null,
              0);
        }
        copies.add(own);
      }
    }

    SimulatedNetwork.End connect(SimulatedNode one, SimulatedNode other) {
      SimulatedNetwork.End end =
          network.connect(
              one,
              other,
              random.nextLong(80 * MILLIS),
              random.nextLong(2_000),
              1 << (8 + random.nextInt(12)));
      ends.add(end);
      return end;
    }

    SimulatedNode anyNode() {
      int index = random.nextInt(readers.size() + 1);
      return index == 0 ? writer : readers.get(index - 1);
    }

    void disturb() {
      CoreReplication source = sources.get(random.nextInt(sources.size()));
      switch (random.nextInt(10)) {
        case 0, 1, 2, 3 -> SimulatedNode.append(source.core(), 1 + random.nextInt(30), 30);
        case 4 -> {
          if (source.core().length() > 0) {
            SimulatedNode.truncate(source.core(), random.nextLong(source.core().length() + 1));
          }
        }
        case 5 -> {
          if (isLossy && !ends.isEmpty()) {
            ends.remove(random.nextInt(ends.size())).close();
          }
        }
        case 6 -> {
          SimulatedNode one = anyNode();
          SimulatedNode other = anyNode();
          if (one != other) {
            connect(one, other);
          }
        }
        case 7 -> {
          List<CoreReplication> own = copies.get(random.nextInt(copies.size()));
          CoreReplication copy = own.get(random.nextInt(own.size()));
          long length = copy.core().length();
          if (length > 0) {
            long from = random.nextLong(length);
            copy.core().clear(from, from + 1 + random.nextInt(20));
          }
        }
        case 8 -> {
          SimulatedNetwork.End end = ends.isEmpty() ? null : ends.get(random.nextInt(ends.size()));
          if (end != null) {
            end.isStalled = true;
            network.at(network.nowNanos + random.nextLong(3 * SECONDS), end::resume);
          }
        }
        default -> {
          List<CoreReplication> own = copies.get(random.nextInt(copies.size()));
          CoreReplication copy = own.get(random.nextInt(own.size()));
          Ticket ticket =
              copy.get(random.nextInt(250), 1 + random.nextInt(2), new Nobody(), network.nowNanos);
          network.at(
              network.nowNanos + random.nextLong(SECONDS), () -> ticket.cancel(network.nowNanos));
        }
      }
    }

    void disturbFor(int times) {
      for (int i = 0; i < times; i++) {
        network.run(random.nextLong(300 * MILLIS));
        disturb();
      }
    }

    void calmDown() {
      for (CoreReplication source : sources) {
        // No peer can be shown a fork without blocks.
        SimulatedNode.append(source.core(), 1, 30);
      }
      for (SimulatedNode reader : readers) {
        connect(reader, writer);
      }
      network.run(600 * SECONDS);
    }

    void checkComplete() {
      for (int r = 0; r < readers.size(); r++) {
        for (int c = 0; c < sources.size(); c++) {
          Core source = sources.get(c).core();
          Core copy = copies.get(r).get(c).core();
          String what =
              readers.get(r)
                  + ", core "
                  + c
                  + ": "
                  + readers.get(r).log
                  + copies.get(r).get(c).describe();
          assertThat(copy.fork()).as(what).isEqualTo(source.fork());
          assertThat(copy.length()).as(what).isEqualTo(source.length());
          assertThat(copy.head().treeHash()).as(what).isEqualTo(source.head().treeHash());
          assertThat(SimulatedNode.bits(copy)).as(what).doesNotContain("0");
          for (long i = 0; i < copy.length(); i++) {
            assertThat(copy.block(i)).as(what).isEqualTo(source.block(i));
          }
        }
      }
    }

    void checkNothingIsLeft() {
      for (SimulatedNetwork.End end : network.ends()) {
        end.close();
      }
      network.run(600 * SECONDS);
      List<SimulatedNode> all = new ArrayList<>(readers);
      all.add(writer);
      for (SimulatedNode node : all) {
        assertThat(node.replicator.connections()).isEmpty();
      }
      for (SimulatedNetwork.End end : network.ends()) {
        PeerConnection connection = end.connection;
        assertThat(connection).isNotNull();
        assertThat(connection.requestsInFlight).isZero();
        assertThat(connection.queuedRequests).isZero();
        assertThat(connection.bitfieldBudget.usedBytes()).isZero();
      }
      for (List<CoreReplication> own : copies) {
        for (CoreReplication copy : own) {
          assertThat(copy.requests().taken()).isZero();
          assertThat(copy.peers()).isEmpty();
          assertThat(copy.hasOpeningPeers()).isFalse();
        }
      }
    }
  }

  @Test
  void world_shouldBeCompleteAfterAppendsAndForks() {
    SeededCases.of("appends and forks", 1, 60)
        .run(random -> {
          World world = new World(random, false, 1 + random.nextInt(3), 1 + random.nextInt(3));
          for (SimulatedNode reader : world.readers) {
            world.connect(reader, world.writer);
          }
          world.disturbFor(25);
          world.calmDown();
          world.checkComplete();
          assertThat(world.readers).allSatisfy(each -> assertThat(each.log).isEmpty());
          world.checkNothingIsLeft();
        });
  }

  @Test
  void world_shouldBeCompleteAfterLossOfPeers() {
    SeededCases.of("loss of peers", 2, 60)
        .run(random -> {
          World world = new World(random, true, 1 + random.nextInt(2), 2 + random.nextInt(4));
          for (SimulatedNode reader : world.readers) {
            world.connect(world.anyNode(), reader == world.anyNode() ? world.writer : reader);
          }
          world.disturbFor(40);
          world.calmDown();
          world.checkComplete();
          assertThat(world.readers).allSatisfy(each -> assertThat(each.log).isEmpty());
          world.checkNothingIsLeft();
        });
  }

  @Test
  void world_shouldBeCompleteBesideALiar() {
    SeededCases.of("a liar", 3, 80)
        .run(random -> {
          World world = new World(random, true, 1, 2 + random.nextInt(3));
          SimulatedNode liar = world.readers.removeFirst();
          world.copies.removeFirst();
          SimulatedNetwork.End source = world.connect(liar, world.writer);
          world.network.run(SECONDS);
          int rate = 1 + random.nextInt(30);
          for (SimulatedNode reader : world.readers) {
            SimulatedNetwork.End end = world.connect(liar, reader);
            end.tampering = message -> tamper(random, message, rate);
            world.connect(reader, world.writer);
          }
          assertThat(source).isNotNull();
          world.disturbFor(30);
          world.calmDown();
          world.checkComplete();
        });
  }

  private static Slice tamper(RandomGenerator random, Slice message, int rate) {
    if (random.nextInt(rate) > 0 || message.isEmpty()) {
      return message;
    }
    byte[] bytes = message.toByteArray();
    int changes = 1 + random.nextInt(2);
    for (int i = 0; i < changes; i++) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return Slice.of(bytes);
  }

  private record Nobody() implements GetListener {
    @Override
    public void block(long index, Slice value) {}

    @Override
    public void failed(long index, Failure failure) {}
  }
}
