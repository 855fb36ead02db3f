package org.peerstead.discovery.rpc.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.rpc.core.RoutingTable.Added;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Fixed32;

/** Buckets, order and the nearest nodes. */
final class RoutingTableTest {
  private static final NodeAddress OWN = NodeAddress.parse("20.0.0.1:1000");

  private final RoutingTable table = new RoutingTable(NodeId.of(OWN));

  private static TableNode node(String address) {
    NodeAddress parsed = NodeAddress.parse(address);
    return new TableNode(parsed, NodeId.of(parsed), 0);
  }

  private static TableNode random(SplittableRandom chance) {
    NodeAddress address = new NodeAddress(chance.nextInt(), chance.nextInt(1, 0x10000));
    return new TableNode(address, NodeId.of(address), 0);
  }

  @Test
  void add_shouldRefuseOurselves() {
    assertThat(table.add(node(OWN.toString()))).isEqualTo(Added.REFUSED);
    assertThat(table.size()).isZero();
  }

  @Test
  void add_shouldFillABucketOnlyUpToItsSize() {
    SplittableRandom chance = new SplittableRandom(1);
    int full = 0;
    for (int i = 0; i < 500; i++) {
      full += table.add(random(chance)) == Added.BUCKET_FULL ? 1 : 0;
    }

    assertThat(table.sizeOfBucket(0)).isEqualTo(RoutingTable.BUCKET_SIZE);
    assertThat(full).isGreaterThan(300);
    assertThat(table.all()).hasSize(table.size());
  }

  @Test
  void add_shouldTakeFewNodesOfOnePublicNetworkIntoABucket() {
    for (int port = 1; port < 400; port++) {
      table.add(node("30.1.1." + port % 256 + ":" + port));
    }

    assertThat(table.sizeOfBucket(0)).isEqualTo(RoutingTable.MAX_PER_NETWORK);
  }

  @Test
  void add_shouldTakeManyNodesOfAPrivateNetwork() {
    for (int port = 1; port < 400; port++) {
      table.add(node("127.0.0.1:" + port));
    }

    assertThat(table.sizeOfBucket(0)).isEqualTo(RoutingTable.BUCKET_SIZE);
  }

  @Test
  void closest_shouldBeWhatSortingAllNodesGives() {
    SplittableRandom chance = new SplittableRandom(2);
    for (int round = 0; round < 200; round++) {
      RoutingTable random = new RoutingTable(NodeId.of(random(chance).address));
      int nodes = chance.nextInt(1, 120);
      for (int i = 0; i < nodes; i++) {
        random.add(random(chance));
      }
      Fixed32 target = chance.nextInt(4) == 0 ? random.ownId() : NodeId.of(random(chance).address);
      int count = chance.nextInt(1, RoutingTable.BUCKET_SIZE + 1);

      List<NodeAddress> expected =
          random.all().stream()
              .sorted((a, b) -> NodeId.compareDistance(target, a.id, b.id))
              .limit(count)
              .map(node -> node.address)
              .toList();
      assertThat(random.closest(target, count)).isEqualTo(expected);
    }
  }

  @Test
  void order_shouldBeThatInWhichNodesWereHeardOf() {
    SplittableRandom chance = new SplittableRandom(3);
    List<TableNode> expected = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      int action = chance.nextInt(3);
      if (action == 0 || expected.isEmpty()) {
        TableNode added = random(chance);
        if (table.add(added) == Added.YES) {
          expected.add(added);
        }
      } else {
        TableNode chosen = expected.get(chance.nextInt(expected.size()));
        expected.remove(chosen);
        if (action == 1) {
          table.touch(chosen);
          expected.add(chosen);
        } else {
          assertThat(table.remove(chosen)).isTrue();
          assertThat(table.remove(chosen)).isFalse();
        }
      }
      assertThat(table.size()).isEqualTo(expected.size());
    }

    List<TableNode> oldestFirst = new ArrayList<>();
    for (TableNode node = table.oldest(); node != null; node = node.newer) {
      oldestFirst.add(node);
      assertThat(table.find(node.id)).isSameAs(node);
    }
    List<TableNode> newestFirst = new ArrayList<>();
    for (TableNode node = table.newest(); node != null; node = node.older) {
      newestFirst.add(node);
    }
    assertThat(oldestFirst).isEqualTo(expected);
    assertThat(newestFirst.reversed()).isEqualTo(expected);
  }

  @Test
  void random_shouldReachEveryNode() {
    SplittableRandom chance = new SplittableRandom(4);
    for (int i = 0; i < 40; i++) {
      table.add(random(chance));
    }
    Set<TableNode> drawn = new HashSet<>();
    for (int i = 0; i < 5_000; i++) {
      drawn.add(table.random(chance));
    }

    assertThat(drawn).containsExactlyInAnyOrderElementsOf(table.all());
    assertThat(drawn.stream().map(node -> node.address).sorted(Comparator.naturalOrder()))
        .hasSize(table.size());
  }
}
