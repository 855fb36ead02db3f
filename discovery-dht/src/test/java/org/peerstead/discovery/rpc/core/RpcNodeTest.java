package org.peerstead.discovery.rpc.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.rpc.core.VirtualNetwork.Host;
import org.peerstead.discovery.rpc.wire.InternalCommand;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** Whole nodes in a small virtual network. */
final class RpcNodeTest {
  private static final long SECOND = 1_000_000_000L;
  private static final CommandHandler ANSWERS = (exchange, now) -> exchange.reply(null);

  private final VirtualNetwork network = new VirtualNetwork(7);
  private final List<Host> hosts = new ArrayList<>();

  private static NodeAddress address(int i) {
    return NodeAddress.parse("20." + (i >> 8) + "." + (i & 0xff) + ".1:49737");
  }

  private Host seed(int i, List<NodeAddress> bootstrap) {
    Host host = network.add(address(i), RpcConfig.seed(address(i), bootstrap), ANSWERS).start();
    hosts.add(host);
    return host;
  }

  private void network(int nodes) {
    seed(0, List.of());
    for (int i = 1; i < nodes; i++) {
      seed(i, List.of(address(0)));
      network.runFor(SECOND / 5);
    }
    network.runFor(60 * SECOND);
  }

  @Test
  void query_shouldFindTheNearestNodesInOrder() {
    network(60);
    Fixed32 target = NodeId.of(NodeAddress.parse("1.2.3.4:5"));
    AtomicReference<QueryResult> result = new AtomicReference<>();

    hosts
        .get(33)
        .node()
        .query(
            QuerySpec.read(target, 3, null),
            new QueryListener() {
              @Override
              public void finished(QueryResult found, long now) {
                result.set(found);
              }
            },
            network.nowNanos());
    network.runFor(10 * SECOND);

    List<NodeAddress> expected =
        hosts.stream()
            .filter(host -> host != hosts.get(33))
            .map(Host::server)
            .sorted(
                Comparator.comparing(NodeId::of, (a, b) -> NodeId.compareDistance(target, a, b)))
            .limit(20)
            .toList();
    assertThat(result.get().closest()).extracting(Reply::from).isEqualTo(expected);
    assertThat(result.get().failed()).isZero();
    assertThat(result.get().hops()).isBetween(1, 4);
  }

  @Test
  void query_shouldEndWhenNodesAreSilentAndFindTheOthersTheNextTime() {
    network(40);
    for (int i = 1; i < 40; i += 2) {
      hosts.get(i).goDown();
    }

    QueryResult first = store();
    QueryResult second = store();

    // Silent nodes stand in the answers in place of living ones until they are found out.
    assertThat(first.failed()).isPositive();
    assertThat(first.committed()).isEqualTo(first.closest().size()).isPositive();
    assertThat(second.committed()).isEqualTo(second.closest().size()).isGreaterThan(15);
  }

  private QueryResult store() {
    Fixed32 target = NodeId.of(address(2));
    AtomicReference<QueryResult> result = new AtomicReference<>();
    hosts
        .get(0)
        .node()
        .query(
            QuerySpec.write(
                target,
                3,
                null,
                reply ->
                    new OutgoingRequest(
                        false,
                        4,
                        target,
                        reply.response().token(),
                        null,
                        OutgoingRequest.DEFAULT_RETRIES)),
            new QueryListener() {
              @Override
              public void finished(QueryResult found, long now) {
                result.set(found);
              }
            },
            network.nowNanos());
    network.runFor(60 * SECOND);
    return result.get();
  }

  @Test
  void adaptiveNode_shouldServeAfterTwentyMinutesWhenStrangersReachIt() {
    network(8);
    Host open =
        network.add(address(200), RpcConfig.participant(List.of(address(0))), ANSWERS).start();
    Host closed =
        network
            .addFirewalled(address(201), RpcConfig.participant(List.of(address(0))), ANSWERS)
            .start();

    network.runFor(10 * SECOND);
    assertThat(open.isReady()).isTrue();
    assertThat(closed.isReady()).isTrue();
    assertThat(open.node().address().firewalled()).isFalse();
    assertThat(open.node().address().ephemeral()).isTrue();
    assertThat(closed.node().address().firewalled()).isTrue();
    assertThat(closed.node().address().host()).isEqualTo(address(201).hostText());

    network.runFor(25 * 60 * SECOND);
    assertThat(open.node().id()).isEqualTo(NodeId.of(address(200)));
    assertThat(closed.node().id()).isNull();
    assertThat(hosts.get(0).node().nodes())
        .extracting(NodeInfo::address)
        .contains(open.server())
        .doesNotContain(closed.server());
  }

  @Test
  void participant_shouldFindOutThatItIsReachableFromOneSeed() {
    seed(0, List.of());
    Host open =
        network.add(address(1), RpcConfig.participant(List.of(address(0))), ANSWERS).start();

    network.runFor(2 * SECOND);

    assertThat(open.isReady()).isTrue();
    assertThat(open.node().address().firewalled()).isFalse();
    assertThat(open.node().reachableAddress()).isEqualTo(address(1));
  }

  @Test
  void deadNodes_shouldLeaveTheTable() {
    network(12);
    hosts.get(5).goDown();

    network.runFor(10 * 60 * SECOND);

    assertThat(hosts.get(0).node().nodes())
        .extracting(NodeInfo::address)
        .doesNotContain(hosts.get(5).server())
        .contains(hosts.get(6).server());
  }

  @Test
  void forgedSource_shouldNotStayInTheTable() {
    network(3);
    NodeAddress nobody = NodeAddress.parse("99.1.1.1:1000");

    network.inject(nobody, address(0), pingAsNode(nobody));
    network.runFor(30 * SECOND);

    assertThat(hosts.get(0).node().nodes()).extracting(NodeInfo::address).doesNotContain(nobody);
    assertThat(hosts.get(0).node().inFlight()).isZero();
  }

  @Test
  void askersOfASmallNetwork_shouldEnterTheTableAtOnceUntilOneIsForged() {
    network(3);

    askFromNowhere(1);
    assertThat(strangers()).isEqualTo(TableKeeper.MAX_UNPROVEN);
    network.runFor(30 * SECOND);
    assertThat(hosts.get(0).node().nodes()).hasSize(2);

    askFromNowhere(2);
    assertThat(strangers()).isZero();
  }

  private void askFromNowhere(int subnet) {
    for (int i = 1; i <= 100; i++) {
      NodeAddress nobody = NodeAddress.parse("99.1." + subnet + "." + i + ":1000");
      network.inject(nobody, address(0), pingAsNode(nobody));
    }
    network.runFor(SECOND / 2);
  }

  private long strangers() {
    return hosts.get(0).node().nodes().stream()
        .filter(node -> node.address().hostText().startsWith("99."))
        .count();
  }

  private static byte[] pingAsNode(NodeAddress source) {
    return RpcCodec.encode(
        new Request(
            1,
            address(0),
            NodeId.of(source),
            null,
            true,
            InternalCommand.PING,
            null,
            (Slice) null));
  }

  @Test
  void idleNetwork_shouldBeQuiet() {
    network(30);
    long before = network.packetsSent();

    network.runFor(10 * 60 * SECOND);

    double perNodeAndSecond = (network.packetsSent() - before) / (30.0 * 600);
    assertThat(perNodeAndSecond).isLessThan(1);
  }
}
