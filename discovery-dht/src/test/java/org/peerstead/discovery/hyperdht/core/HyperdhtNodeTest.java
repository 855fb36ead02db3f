package org.peerstead.discovery.hyperdht.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.hyperdht.core.TestNetwork.Host;
import org.peerstead.discovery.hyperdht.wire.HyperdhtCommand;
import org.peerstead.discovery.hyperdht.wire.LookupReply;
import org.peerstead.discovery.hyperdht.wire.MutableValue;
import org.peerstead.discovery.hyperdht.wire.PeerRecord;
import org.peerstead.discovery.rpc.core.QueryResult;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Packet;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.Response;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** Every operation between nodes of ours, in virtual time. */
class HyperdhtNodeTest {
  private static final int NODES = 8;
  private static final List<NodeAddress> RELAYS =
      List.of(NodeAddress.parse("20.0.0.1:49737"), NodeAddress.parse("20.0.0.2:49737"));

  private final TestNetwork network = new TestNetwork(1);
  private final List<Host> servers = network.addServers(NODES);
  private final Host alice = network.addClient(1);
  private final Host bob = network.addClient(2);
  private final Fixed32 topic = network.random32();
  private final KeyPair key = network.keyPair();

  @Test
  void announce_shouldLetOthersFindThePeer() {
    QueryResult announced = announce(alice, topic, key, RELAYS, 0);
    assertThat(announced.committed()).isEqualTo(NODES);
    Results.Peers found = lookup(bob, topic);
    assertThat(found.found).containsExactly(new PeerRecord(key.publicKey(), RELAYS));
    assertThat(found.nodes).hasSize(NODES);
    assertThat(lookup(bob, network.random32()).found).isEmpty();
  }

  @Test
  void announce_shouldBeForgottenWhenItIsNotRenewed() {
    announce(alice, topic, key, RELAYS, 0);
    network.runFor(15 * 60 * TestNetwork.SECOND_NANOS);
    assertThat(lookup(bob, topic).found).hasSize(1);
    announce(alice, topic, key, RELAYS, 0);
    network.runFor(15 * 60 * TestNetwork.SECOND_NANOS);
    assertThat(lookup(bob, topic).found).hasSize(1);
    network.runFor(6 * 60 * TestNetwork.SECOND_NANOS);
    assertThat(lookup(bob, topic).found).isEmpty();
    assertThat(servers.getFirst().records.counts().topics()).isZero();
  }

  @Test
  void announce_shouldRaiseTheBumpOfItsTopic() {
    announce(alice, topic, key, List.of(), network.epochMillis());
    assertThat(lookup(bob, topic).bump).isBetween(1L, network.epochMillis());
    announce(alice, topic, key, List.of(), network.epochMillis() + 3_600_000);
    assertThat(lookup(bob, topic).bump).isLessThanOrEqualTo(network.epochMillis());
  }

  @Test
  void announce_shouldRefuseMoreRelaysThanAreStored() {
    assertThatThrownBy(() ->
            alice
                .node()
                .announce(
                    topic,
                    key,
                    List.of(RELAYS.getFirst(), RELAYS.getFirst(), RELAYS.get(1), RELAYS.get(1)),
                    new Results.Peers(),
                    network.nowNanos()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void lookup_shouldShowTwentyPeersOfMany() {
    for (int i = 0; i < 30; i++) {
      announce(alice, topic, network.keyPair(), RELAYS, 0);
    }
    Results.Peers found = lookup(bob, topic);
    assertThat(found.found).hasSizeBetween(21, 30);
    assertThat(bob.received)
        .filteredOn(packet -> packet instanceof Response response && response.value() != null)
        .isNotEmpty()
        .allSatisfy(packet -> {
          Response response = (Response) packet;
          assertThat(LookupReply.decode(Objects.requireNonNull(response.value())).peers())
              .hasSize(20);
          assertThat(RpcCodec.encode(response).length)
              .isLessThanOrEqualTo(RpcCodec.MAX_PACKET_BYTES);
        });
  }

  @Test
  void unannounce_shouldRemoveThePeerEverywhere() {
    KeyPair other = network.keyPair();
    announce(alice, topic, key, RELAYS, 0);
    announce(bob, topic, other, RELAYS, 0);
    Results.Peers removal = new Results.Peers();
    alice.node().unannounce(topic, key, removal, network.nowNanos());
    network.runUntil(() -> removal.result != null);
    assertThat(Objects.requireNonNull(removal.result).committed()).isEqualTo(NODES);
    assertThat(lookup(bob, topic).found)
        .extracting(PeerRecord::publicKey)
        .containsExactly(other.publicKey());
  }

  @Test
  void immutableValue_shouldBeFoundByItsHash() {
    Slice value = bytes("hello");
    PutResult put = immutablePut(alice, value);
    assertThat(put.stored()).isEqualTo(NODES);
    assertThat(put.target()).isEqualTo(Blake2b.hash(value));
    assertThat(immutableGet(bob, put.target()).value).isEqualTo(value);
    Results.Value nothing = immutableGet(bob, network.random32());
    assertThat(nothing.value).isNull();
    assertThat(Objects.requireNonNull(nothing.result).cancelled()).isFalse();
  }

  @Test
  void immutableValue_shouldHaveABoundedSize() {
    assertThat(immutablePut(alice, Slice.of(new byte[1_000])).stored()).isEqualTo(NODES);
    for (int size : new int[] {0, 1_001}) {
      assertThatThrownBy(() -> immutablePut(alice, Slice.of(new byte[size])))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void largeValue_shouldLeaveLessRoomForCloserNodes() {
    // Larger than our own client puts: other clients do.
    Slice value = Slice.of(new byte[1_380]);
    Host server = servers.getFirst();
    server.records.putImmutable(Blake2b.hash(value), value, alice.address(), network.epochMillis());
    assertThat(immutableGet(bob, Blake2b.hash(value)).value).isEqualTo(value);
    assertThat(bob.received)
        .filteredOn(packet -> packet instanceof Response response && response.value() != null)
        .allSatisfy(packet ->
            assertThat(RpcCodec.encode((Response) packet).length)
                .isBetween(1_450, RpcCodec.MAX_PACKET_BYTES));
  }

  @Test
  void immutableGet_shouldNotBelieveLiars() {
    Slice value = bytes("truth");
    PutResult put = immutablePut(alice, value);
    for (Host liar : servers.subList(0, NODES - 1)) {
      liar.tamper((to, packet, bytes) -> withValue(packet, bytes, bytes("lie")));
    }
    Results.Value found = immutableGet(bob, put.target());
    assertThat(found.value).isEqualTo(value);
    servers.get(NODES - 1).down = true;
    assertThat(immutableGet(bob, put.target()).value).isNull();
    assertThat(bob.badAnswers).isGreaterThanOrEqualTo(NODES - 1);
  }

  @Test
  void mutableValue_shouldBeReplacedByOneWithAGreaterNumber() {
    assertThat(mutablePut(alice, 1, "one").stored()).isEqualTo(NODES);
    assertThat(latest(bob, 0)).isEqualTo("one");
    assertThat(mutablePut(alice, 7, "seven").stored()).isEqualTo(NODES);
    assertThat(latest(bob, 0)).isEqualTo("seven");
    assertThat(latest(bob, 7)).isEqualTo("seven");
    assertThat(latest(bob, 8)).isNull();
    assertThat(mutablePut(alice, 6, "six").seqTooLow()).isEqualTo(NODES);
    assertThat(mutablePut(alice, 7, "other").seqReused()).isEqualTo(NODES);
    assertThat(mutablePut(alice, 7, "seven").stored()).isEqualTo(NODES);
    assertThat(latest(bob, 0)).isEqualTo("seven");
  }

  @Test
  void mutableGet_shouldFindTheLatestOfNodesThatDiffer() {
    mutablePut(alice, 1, "one");
    servers.subList(0, NODES - 1).forEach(each -> each.down = true);
    mutablePut(alice, 2, "two");
    servers.forEach(each -> each.down = false);
    network.runFor(60 * TestNetwork.SECOND_NANOS);
    Host carol = network.addClient(3);
    assertThat(latest(carol, 0)).isEqualTo("two");
    Results.Mutables first = new Results.Mutables();
    carol.node().mutableGet(key.publicKey(), 0, false, first, network.nowNanos());
    network.runUntil(() -> first.result != null);
    assertThat(first.found).hasSize(1);
  }

  @Test
  void mutableGet_shouldNotBelieveLiars() {
    mutablePut(alice, 1, "one");
    MutableValue forged = new MutableValue(9, bytes("nine"), Slice.of(new byte[64]));
    MutableValue foreign = MutableValue.sign(network.keyPair(), 9, bytes("nine"));
    for (Host liar : servers.subList(0, NODES - 1)) {
      MutableValue lie = liar == servers.getFirst() ? forged : foreign;
      liar.tamper((to, packet, bytes) -> withValue(packet, bytes, lie.encode()));
    }
    assertThat(latest(bob, 0)).isEqualTo("one");
    assertThat(bob.badAnswers).isEqualTo(NODES - 1);
  }

  @Test
  void values_shouldBeForgottenAfterTwoDays() {
    PutResult put = immutablePut(alice, bytes("old"));
    mutablePut(alice, 1, "old");
    servers.forEach(each -> assertThat(each.records.immutable(put.target(), 0)).isNotNull());
    long twoDays = 48 * 3_600_000L + 1_000;
    long later = network.epochMillis() + twoDays;
    servers.forEach(each -> {
      assertThat(each.records.immutable(put.target(), later)).isNull();
      assertThat(each.records.mutable(Blake2b.hash(key.publicKey().toSlice()), later)).isNull();
    });
  }

  @Test
  void operations_shouldEndWhenTheNodeIsClosed() {
    Results.Peers peers = new Results.Peers();
    Results.Put put = new Results.Put();
    Results.Connection connection = new Results.Connection();
    alice.node().announce(topic, key, RELAYS, peers, network.nowNanos());
    alice.node().immutablePut(bytes("x"), put, network.nowNanos());
    alice
        .node()
        .handshake(
            key.publicKey(),
            network.keyPair(),
            ListeningTest.clientPayload(),
            RELAYS,
            connection,
            network.nowNanos());
    alice.node().close(network.nowNanos());
    assertThat(peers.result).isNotNull();
    assertThat(put.result).isNotNull();
    assertThat(connection.failure).isNotNull();
    assertThat(alice.node().nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void operations_shouldEndWhenNobodyAnswers() {
    servers.forEach(each -> each.down = true);
    assertThat(lookup(alice, topic).found).isEmpty();
    assertThat(immutablePut(alice, bytes("x")).stored()).isZero();
    assertThat(announce(alice, topic, key, RELAYS, 0).committed()).isZero();
  }

  @Test
  void storingCommands_shouldBeRefusedByANodeThatServesNobody() {
    Request request =
        new Request(5, bob.address(), null, null, false, HyperdhtCommand.LOOKUP, topic, null);
    NodeAddress stranger = servers.getFirst().address();
    network.inject(stranger, bob.address(), RpcCodec.encode(request));
    network.runFor(TestNetwork.SECOND_NANOS);
    assertThat(servers.getFirst().received)
        .anySatisfy(packet ->
            assertThat(packet)
                .isInstanceOfSatisfying(
                    Response.class,
                    response -> {
                      assertThat(response.transaction()).isEqualTo(5);
                      assertThat(response.error()).isEqualTo(1);
                      assertThat(response.id()).isNull();
                    }));
  }

  // ---------------------------------------------------------------------------------- operations

  private QueryResult announce(
      Host host, Fixed32 at, KeyPair peer, List<NodeAddress> relays, long bump) {
    Results.Peers peers = new Results.Peers();
    host.node().announce(at, peer, relays, bump, peers, network.nowNanos());
    network.runUntil(() -> peers.result != null);
    return Objects.requireNonNull(peers.result);
  }

  private Results.Peers lookup(Host host, Fixed32 at) {
    Results.Peers peers = new Results.Peers();
    host.node().lookup(at, peers, network.nowNanos());
    network.runUntil(() -> peers.result != null);
    return peers;
  }

  private PutResult immutablePut(Host host, Slice value) {
    Results.Put put = new Results.Put();
    host.node().immutablePut(value, put, network.nowNanos());
    network.runUntil(() -> put.result != null);
    return Objects.requireNonNull(put.result);
  }

  private Results.Value immutableGet(Host host, Fixed32 hash) {
    Results.Value value = new Results.Value();
    host.node().immutableGet(hash, value, network.nowNanos());
    network.runUntil(() -> value.result != null);
    return value;
  }

  private PutResult mutablePut(Host host, long seq, String text) {
    Results.Put put = new Results.Put();
    host.node().mutablePut(key, seq, bytes(text), put, network.nowNanos());
    network.runUntil(() -> put.result != null);
    return Objects.requireNonNull(put.result);
  }

  private @Nullable String latest(Host host, long minimumSeq) {
    Results.Mutables values = new Results.Mutables();
    host.node().mutableGet(key.publicKey(), minimumSeq, true, values, network.nowNanos());
    network.runUntil(() -> values.result != null);
    return values.found.isEmpty()
        ? null
        : new String(values.found.getLast().value().toByteArray(), StandardCharsets.UTF_8);
  }

  private static Slice bytes(String text) {
    return Slice.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] withValue(Packet packet, byte[] bytes, Slice value) {
    return packet instanceof Response response && response.value() != null
        ? RpcCodec.encode(
            new Response(
                response.transaction(),
                response.to(),
                response.id(),
                response.token(),
                response.closerNodes(),
                response.error(),
                value))
        : bytes;
  }
}
