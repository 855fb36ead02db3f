package org.peerstead.hypercore.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.core.Core;
import org.peerstead.hypercore.merkle.Proof;
import org.peerstead.hypercore.merkle.ProofRequest;
import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.hypercore.wire.HypercoreCodec;
import org.peerstead.hypercore.wire.HypercoreMessage;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.SeededCases;

/**
 * A peer that knows the key and then says anything: messages that make no sense, and the same with
 * flipped bits. Nothing is thrown, no limit is passed, nothing false is stored, nothing is left
 * when it is gone.
 */
class ReplicationFuzzTest {
  private static final int MESSAGES = 150;

  @Test
  void message_shouldNeverThrowNorLeak() {
    SeededCases.of("anything on an open channel", 4, 300)
        .run(random -> {
          SimulatedNetwork network = new SimulatedNetwork(random.nextLong());
          SimulatedNode writer = network.node("writer");
          SimulatedNode node = network.node("node");
          CoreReplication source = writer.create("log");
          SimulatedNode.append(source.core(), 50, 20);
          boolean isWriter = random.nextBoolean();
          SimulatedNode victim = isWriter ? writer : node;
          CoreReplication copy = isWriter ? source : node.follow(source.core().key());
          copy.setPushAllowed(random.nextBoolean(), 0);
          copy.download(0, Download.LIVE, Download.Order.RANDOM, null, 0);
          copy.get(70, 1, new Nobody(), 0);
          copy.seek(333, 0, new NoSeek(), 0);
          if (!isWriter && random.nextBoolean()) {
            network.connect(node, writer, 50_000_000, 1_000, 4_096);
          }
          RawPeer peer = new RawPeer(victim).open(source.core().key());
          for (int i = 0; i < MESSAGES; i++) {
            HypercoreMessage message = message(random);
            Slice payload = HypercoreCodec.encode(message);
            if (random.nextInt(4) == 0 && !payload.isEmpty()) {
              byte[] bytes = payload.toByteArray();
              bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
              payload = Slice.of(bytes);
            }
            peer.send(message.type(), payload);
            assertThat(peer.connection.bitfieldBudget.usedBytes())
                .isLessThanOrEqualTo(ReplicationConfig.DEFAULT.maxRemoteBitfieldBytes());
            if (random.nextInt(10) == 0) {
              network.run(random.nextLong(100_000_000));
            }
          }
          peer.detach();
          network.run();
          assertThat(peer.connection.requestsInFlight).isZero();
          assertThat(peer.connection.queuedRequests).isZero();
          assertThat(peer.connection.bitfieldBudget.usedBytes()).isZero();
          assertThat(victim.replicator.connections()).doesNotContain(peer.connection);
          Core core = copy.core();
          assertThat(core.length()).isIn(0L, 50L);
          for (long i = 0; i < core.length(); i++) {
            if (core.has(i)) {
              assertThat(core.block(i)).isEqualTo(source.core().block(i));
            }
          }
        });
  }

  private static HypercoreMessage message(RandomGenerator random) {
    return switch (random.nextInt(10)) {
      case 0 ->
          new HypercoreMessage.Sync(
              random.nextInt(3) / 2,
              number(random),
              random.nextBoolean() ? 0 : number(random),
              random.nextBoolean(),
              random.nextInt(5) > 0,
              random.nextInt(5) > 0,
              random.nextBoolean(),
              random.nextBoolean());
      case 1 ->
          new HypercoreMessage.Request(
              random.nextInt(20),
              new ProofRequest(
                  random.nextInt(20) / 19,
                  random.nextBoolean()
                      ? new ProofRequest.Block(number(random), random.nextInt(8))
                      : null,
                  null,
                  random.nextInt(4) == 0
                      ? new ProofRequest.Seek(number(random), random.nextInt(10))
                      : null,
                  random.nextInt(3) == 0
                      ? new ProofRequest.Upgrade(number(random), number(random))
                      : null),
              random.nextInt(5) == 0,
              random.nextInt(3));
      case 2 -> new HypercoreMessage.Cancel(random.nextInt(20));
      case 3 -> data(random);
      case 4 -> new HypercoreMessage.NoData(random.nextInt(60), random.nextInt(4));
      case 5 ->
          new HypercoreMessage.Want(
              random.nextBoolean() ? 0 : number(random),
              1L << random.nextInt(23),
              random.nextInt(4) == 0);
      case 6 ->
          new HypercoreMessage.Unwant(
              random.nextBoolean() ? 0 : number(random),
              1L << random.nextInt(23),
              random.nextInt(4) == 0);
      case 7 -> {
        int[] words = new int[random.nextInt(300)];
        for (int i = 0; i < words.length; i++) {
          words[i] = random.nextBoolean() ? -1 : random.nextInt();
        }
        yield new HypercoreMessage.Bitfield(
            random.nextBoolean() ? 32L * random.nextInt(100) : number(random), words);
      }
      case 8 -> new HypercoreMessage.Range(random.nextBoolean(), number(random), number(random));
      default -> new HypercoreMessage.Extension(random.nextBoolean() ? "" : "x", Slice.EMPTY);
    };
  }

  private static HypercoreMessage data(RandomGenerator random) {
    Proof.@Nullable Block block =
        random.nextBoolean()
            ? new Proof.Block(
                number(random), SimulatedNode.block(0, random.nextInt(50), 20), nodes(random))
            : null;
    Proof.@Nullable Upgrade upgrade =
        random.nextInt(3) == 0
            ? new Proof.Upgrade(
                random.nextBoolean() ? 0 : number(random),
                number(random),
                nodes(random),
                nodes(random),
                Slice.of(new byte[random.nextInt(80)]))
            : null;
    return new HypercoreMessage.Data(
        random.nextInt(60),
        new Proof(
            random.nextInt(20) / 19,
            block,
            block == null && random.nextBoolean()
                ? new Proof.Hash(number(random), nodes(random))
                : null,
            random.nextInt(5) == 0 ? new Proof.Seek(number(random), nodes(random)) : null,
            upgrade),
        null);
  }

  private static List<TreeNode> nodes(RandomGenerator random) {
    List<TreeNode> nodes = new ArrayList<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      nodes.add(new TreeNode(number(random), number(random), Fixed32.of(new byte[32])));
    }
    return nodes;
  }

  /** Mostly small, sometimes as large as the encoding allows. */
  private static long number(RandomGenerator random) {
    return switch (random.nextInt(8)) {
      case 0 -> (1L << 53) - 1 - random.nextInt(3);
      case 1 -> random.nextLong(1L << 53);
      case 2 -> random.nextInt(1_000_000);
      default -> random.nextInt(120);
    };
  }

  private record Nobody() implements GetListener {
    @Override
    public void block(long index, Slice value) {}

    @Override
    public void failed(long index, Failure failure) {}
  }

  private record NoSeek() implements SeekListener {
    @Override
    public void found(long index, long offset) {}

    @Override
    public void failed(GetListener.Failure failure) {}
  }
}
