package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.rpc.core.NodeId;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.interop.NpmDht.Kind;
import org.peerstead.interop.NpmDht.View;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * One network of 25 npm nodes and 25 of ours, which all joined through one of ours; clients of both
 * kinds use it.
 */
class DhtMixedNetworkInteropIT {
  private static final int NODES_OF_EACH_KIND = 25;
  private static final int CLOSEST = 20;

  /** One for all tests: no two of them use the same key. */
  private static final SplittableRandom RANDOM = new SplittableRandom(5);

  private static PeersteadDht ours;
  private static NpmDht npm;
  private static List<View> npmNodes;
  private static PeersteadDht.Client client;
  private static List<DhtClient> clients;

  @BeforeAll
  static void start() {
    ours = PeersteadDht.network(NODES_OF_EACH_KIND);
    npm = new NpmDht();
    npmNodes = npm.start("node", Kind.NODE, NODES_OF_EACH_KIND, ours.seed());
    npm.start("client", Kind.CLIENT, ours.seed());
    client = ours.newClient();
    clients = List.of(npm.client("client"), client);
  }

  @AfterAll
  static void stop() {
    npm.close();
    ours.close();
  }

  private static String hex32() {
    return DhtFlood.fixed32(RANDOM).toString();
  }

  /** Runs {@code body} with each pair of clients, one that writes and one that reads. */
  private static void forAllPairs(BiConsumer<DhtClient, DhtClient> body) {
    for (DhtClient writer : clients) {
      for (DhtClient reader : clients) {
        body.accept(writer, reader);
      }
    }
  }

  @Test
  void npmNodes_shouldBecomePersistentUnderTheirAddress() {
    assertThat(npmNodes)
        .hasSize(NODES_OF_EACH_KIND)
        .allSatisfy(node -> {
          assertThat(node.isPersistent()).isTrue();
          assertThat(node.seenAs()).isEqualTo(node.address());
          assertThat(node.id()).isEqualTo(NodeId.of(NodeAddress.parse(node.address())).toString());
        });
  }

  @Test
  void queries_shouldFindTheClosestOfAllNodes() {
    List<NodeAddress> all = new ArrayList<>(ours.addresses());
    npmNodes.forEach(node -> all.add(NodeAddress.parse(node.address())));
    for (int i = 0; i < 20; i++) {
      Fixed32 target = DhtFlood.fixed32(RANDOM);
      List<String> closest =
          all.stream()
              .sorted(
                  Comparator.comparing(NodeId::of, (a, b) -> NodeId.compareDistance(target, a, b)))
              .limit(CLOSEST)
              .map(NodeAddress::toString)
              .toList();
      assertThat(npm.findNode("client", target.toString()))
          .as("closest to %s that npm finds", target)
          .containsExactlyInAnyOrderElementsOf(closest);
      assertThat(client.findNode(target))
          .as("closest to %s that we find", target)
          .containsExactlyInAnyOrderElementsOf(closest);
    }
  }

  @Test
  void announcements_shouldBeFoundAndTakenBack() {
    forAllPairs((writer, reader) -> {
      String topic = hex32();
      String seed = hex32();
      String key = PeersteadDht.publicKey(seed);
      assertThat(reader.lookup(topic)).isEmpty();
      writer.announce(topic, seed);
      assertThat(reader.lookup(topic)).as("%s to %s", writer, reader).containsExactly(key);
      writer.unannounce(topic, seed);
      assertThat(reader.lookup(topic)).as("%s to %s", writer, reader).isEmpty();
    });
  }

  @Test
  void immutableValues_shouldBeRead() {
    forAllPairs((writer, reader) -> {
      String value = hex32().repeat(31);
      String hash = writer.immutablePut(value);
      assertThat(reader.immutableGet(hash)).as("%s to %s", writer, reader).isEqualTo(value);
      assertThat(reader.immutableGet(hex32())).isNull();
    });
  }

  @Test
  void mutableValues_shouldBeReadAndReplaced() {
    forAllPairs((writer, reader) -> {
      String seed = hex32();
      String key = writer.mutablePut(seed, 1, "0123");
      assertThat(key).isEqualTo(PeersteadDht.publicKey(seed));
      assertThat(reader.mutableGet(key)).as("%s to %s", writer, reader).isEqualTo("0123");
      writer.mutablePut(seed, 2, "4567");
      assertThat(reader.mutableGet(key)).as("%s to %s", writer, reader).isEqualTo("4567");
    });
  }

  @Test
  void valueOfOneKindOfClient_shouldBeReplacedByTheOther() {
    forAllPairs((first, second) -> {
      String seed = hex32();
      String key = first.mutablePut(seed, 1, "01");
      second.mutablePut(seed, 2, "02");
      assertThat(first.mutableGet(key)).isEqualTo("02");
    });
  }

  @Test
  void firewalledPeers_shouldConnectThroughNodesOfBothKinds() {
    npm.start("server", Kind.FIREWALLED, ours.seed());
    npm.start("dialling", Kind.FIREWALLED, ours.seed());
    // Relays are the 3 nodes closest to the key: with 8 keys, nodes of both kinds.
    for (int i = 0; i < 8; i++) {
      String key = npm.listen("server", hex32(), false);
      clients.forEach(client -> assertThat(client.isFound(key)).as("by %s", client).isTrue());
      npm.connect("dialling", key, 100_000, false, i % 2 == 0);
      npm.unlisten("server");
      clients.forEach(client -> assertThat(client.isFound(key)).as("by %s", client).isFalse());
    }
    npm.stop("dialling");
    npm.stop("server");
  }
}
