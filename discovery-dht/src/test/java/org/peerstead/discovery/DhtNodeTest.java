package org.peerstead.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.discovery.DhtException.Reason;
import org.peerstead.discovery.hyperdht.core.HandshakeResult;
import org.peerstead.discovery.hyperdht.core.HyperdhtListener;
import org.peerstead.discovery.hyperdht.core.Listening;
import org.peerstead.discovery.hyperdht.core.PutResult;
import org.peerstead.discovery.hyperdht.records.RecordKind;
import org.peerstead.discovery.hyperdht.wire.Firewall;
import org.peerstead.discovery.hyperdht.wire.HolepunchPayload;
import org.peerstead.discovery.hyperdht.wire.HyperdhtError;
import org.peerstead.discovery.hyperdht.wire.MutableValue;
import org.peerstead.discovery.hyperdht.wire.NoisePayload;
import org.peerstead.discovery.net.PortRange;
import org.peerstead.discovery.rpc.core.NodeInfo;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.discovery.store.InMemoryDhtStore;
import org.peerstead.discovery.store.rocksdb.RocksDhtStore;
import org.peerstead.discovery.store.rocksdb.RocksDhtStoreConfig;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** Whole nodes with real sockets on the loopback interface. */
@Timeout(120)
class DhtNodeTest {
  private static final Entropy ENTROPY = new SecureRandom()::nextBytes;
  private static final NodeAddress LOOPBACK = NodeAddress.parse("127.0.0.1:0");

  private static final NoisePayload STREAM = NoisePayload.ofStream(Firewall.OPEN, List.of(), 1);

  private final List<DhtNode> nodes = new ArrayList<>();
  private final KeyPair key = KeyPair.generate(ENTROPY);
  private final Fixed32 topic = Fixed32.of(ENTROPY.next(32));
  private final List<NodeAddress> relays = List.of(NodeAddress.parse("192.0.2.1:49737"));

  @AfterEach
  void close() {
    nodes.forEach(DhtNode::close);
  }

  private DhtNode start(DhtNodeConfig config, DhtStore store) throws Exception {
    DhtNode node =
        DhtNode.start(
            config.boundTo("127.0.0.1"),
            store,
            KeyPair.generate(ENTROPY),
            ENTROPY,
            HyperdhtListener.NONE);
    nodes.add(node);
    return node;
  }

  private DhtNode seed(PortRange ports, List<String> bootstrap, DhtStore store) throws Exception {
    DhtNode node = start(DhtNodeConfig.seed(LOOPBACK, ports, bootstrap), store);
    get(node.ready());
    return node;
  }

  private DhtNode client(DhtNode... seeds) throws Exception {
    List<String> bootstrap = new ArrayList<>();
    for (DhtNode each : seeds) {
      bootstrap.add(text(each));
    }
    DhtNode node = start(DhtNodeConfig.client(bootstrap), DhtStore.NONE);
    get(node.ready());
    return node;
  }

  private static String text(DhtNode node) {
    return "127.0.0.1:" + node.serverAddress().getPort();
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  private static Reason failure(CompletableFuture<?> future) throws Exception {
    try {
      Object value = get(future);
      throw new AssertionError("no failure but " + value);
    } catch (ExecutionException e) {
      return ((DhtException) e.getCause()).reason();
    }
  }

  private DhtNode[] network(int size) throws Exception {
    DhtNode[] network = new DhtNode[size];
    network[0] = seed(PortRange.ANY, List.of(), DhtStore.NONE);
    for (int i = 1; i < size; i++) {
      network[i] = seed(PortRange.ANY, List.of(text(network[0])), DhtStore.NONE);
    }
    return network;
  }

  private static Slice utf8(String text) {
    return Slice.of(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void strangers_shouldBeTold() throws Exception {
    List<NodeAddress> strangers = new CopyOnWriteArrayList<>();
    DhtNode listening =
        DhtNode.start(
            DhtNodeConfig.seed(LOOPBACK, PortRange.ANY, List.of()).boundTo("127.0.0.1"),
            DhtStore.NONE,
            key,
            ENTROPY,
            new HyperdhtListener() {
              @Override
              public void strangerAsked(NodeAddress node) {
                strangers.add(node);
              }
            });
    nodes.add(listening);
    get(listening.ready());

    DhtNode other = seed(PortRange.ANY, List.of(text(listening)), DhtStore.NONE);

    Awaitility.await().until(() -> !strangers.isEmpty());
    assertThat(strangers.getFirst()).hasToString(text(other));
  }

  @Test
  void network_shouldStoreAndFindPeers() throws Exception {
    DhtNode[] network = network(6);
    DhtNode announcer = client(network[0]);
    DhtNode searcher = client(network[1]);

    LookupResult announced = get(announcer.announce(topic, key, relays));
    assertThat(announced.query().committed()).isGreaterThanOrEqualTo(5);

    List<Fixed32> streamed = new ArrayList<>();
    LookupResult found =
        get(searcher.lookup(topic, (peer, node) -> streamed.add(peer.publicKey())));
    assertThat(found.peers()).hasSize(1);
    assertThat(found.peers().getFirst().record().publicKey()).isEqualTo(key.publicKey());
    assertThat(found.peers().getFirst().record().relays()).isEqualTo(relays);
    assertThat(found.peers().getFirst().nodes()).hasSameSizeAs(streamed);
    assertThat(streamed).containsOnly(key.publicKey());

    assertThat(get(searcher.unannounce(topic, key)).query().committed()).isPositive();
    assertThat(get(announcer.lookup(topic)).peers()).isEmpty();
  }

  @Test
  void network_shouldStoreAndFindValues() throws Exception {
    DhtNode[] network = network(4);
    DhtNode writer = client(network[0]);
    DhtNode reader = client(network[2]);

    PutResult put = get(writer.immutablePut(utf8("immutable")));
    assertThat(put.target()).isEqualTo(Blake2b.hash(utf8("immutable")));
    assertThat(get(reader.immutableGet(put.target()))).contains(utf8("immutable"));
    assertThat(get(reader.immutableGet(topic))).isEmpty();

    assertThat(get(writer.mutablePut(key, 4, utf8("four"))).stored()).isPositive();
    assertThat(get(reader.mutableGet(key.publicKey(), 0, true)).map(MutableValue::value))
        .contains(utf8("four"));
    assertThat(failure(writer.mutablePut(key, 4, utf8("other")))).isEqualTo(Reason.SEQ_REUSED);
    assertThat(failure(writer.mutablePut(key, 3, utf8("three")))).isEqualTo(Reason.SEQ_TOO_LOW);
    assertThat(get(reader.mutableGet(key.publicKey(), 5, false))).isEmpty();
    assertThat(failure(writer.immutablePut(Slice.of(new byte[2_000]))))
        .isEqualTo(Reason.BAD_ARGUMENT);
  }

  @Test
  void listen_shouldBeFoundAndAnswerUntilUnlisten() throws Exception {
    DhtNode[] network = network(5);
    DhtNode server = client(network[0]);
    DhtNode searcher = client(network[1]);
    CompletableFuture<Fixed32> seen = new CompletableFuture<>();
    Listening listening =
        get(
            server.listen(
                key,
                (remote, payload, from, nowNanos) -> {
                  seen.complete(remote);
                  return payload;
                }));
    Awaitility.await().until(() -> !get(searcher.findPeer(key.publicKey())).peers().isEmpty());

    HandshakeResult result = get(searcher.handshake(key.publicKey(), STREAM));
    assertThat(result.session().remotePublicKey()).isEqualTo(key.publicKey());
    assertThat(get(seen)).isEqualTo(searcher.publicKey());

    get(server.unlisten(listening));
    Awaitility.await().until(() -> get(searcher.findPeer(key.publicKey())).peers().isEmpty());
    assertThat(failure(searcher.handshake(key.publicKey(), STREAM)))
        .isEqualTo(Reason.PEER_NOT_FOUND);
  }

  @Test
  void close_shouldTakeAnnouncementsOfServersBack() throws Exception {
    DhtNode[] network = network(5);
    DhtNode server = client(network[0]);
    DhtNode searcher = client(network[1]);
    Listening listening = get(server.listen(key, (remote, payload, from, nowNanos) -> payload));
    Awaitility.await().until(() -> !get(searcher.findPeer(key.publicKey())).peers().isEmpty());
    assertThat(listening.publicKey()).isEqualTo(key.publicKey());

    server.close();
    assertThat(get(searcher.findPeer(key.publicKey())).peers()).isEmpty();
  }

  @Test
  void holepunch_shouldReachTheServerThroughARelay() throws Exception {
    DhtNode[] network = network(4);
    DhtNode server = client(network[0]);
    DhtNode searcher = client(network[1]);
    NoisePayload firewalled = NoisePayload.ofStream(Firewall.UNKNOWN, List.of(), 1);
    Listening listening = get(server.listen(key, (remote, payload, from, nowNanos) -> firewalled));
    Awaitility.await().until(() -> !get(searcher.findPeer(key.publicKey())).peers().isEmpty());

    HandshakeResult result = get(searcher.handshake(key.publicKey(), firewalled));
    HolepunchPayload probe =
        new HolepunchPayload(false, false, 0, Firewall.UNKNOWN, 0, null, null, null, null);
    HolepunchAnswer answer = get(searcher.holepunch(result, probe));
    assertThat(answer.payload().error()).isEqualTo(HyperdhtError.ABORTED);
    assertThat(answer.client().host()).isEqualTo(LOOPBACK.host());
    assertThat(listening.publicKey()).isEqualTo(key.publicKey());
  }

  @Test
  void restart_shouldKeepRecordsAndTable(@TempDir Path folder) throws Exception {
    DhtNode[] others = network(3);
    int port;
    PutResult put;
    try (DhtStore store = RocksDhtStore.open(folder, RocksDhtStoreConfig.DEFAULT)) {
      DhtNode first = seed(PortRange.ANY, List.of(text(others[0])), store);
      port = first.serverAddress().getPort();
      DhtNode writer = client(first);
      get(writer.announce(topic, key, relays));
      put = get(writer.immutablePut(utf8("kept")));
      assertThat(get(first.nodes())).hasSize(3);
      first.close();
    }
    // The others die: only the restarted node can know what was stored.
    List<NodeAddress> table = new ArrayList<>();
    for (DhtNode other : others) {
      table.add(new NodeAddress(LOOPBACK.host(), other.serverAddress().getPort()));
    }
    try (DhtStore store = RocksDhtStore.open(folder, RocksDhtStoreConfig.DEFAULT)) {
      DhtNode second = seed(PortRange.only(port), List.of(), store);
      assertThat(get(second.nodes()).stream().map(NodeInfo::address))
          .containsExactlyInAnyOrderElementsOf(table);
      assertThat(get(second.status()).records().of(RecordKind.TOPIC_RECORD).held()).isEqualTo(1);
      for (DhtNode other : others) {
        other.close();
      }
      DhtNode reader = client(second);
      assertThat(get(reader.lookup(topic)).peers()).hasSize(1);
      assertThat(get(reader.immutableGet(put.target()))).contains(utf8("kept"));
      second.close();
    }
  }

  @Test
  void calls_shouldFailWithAReason() throws Exception {
    DhtNode lonely = start(DhtNodeConfig.client(List.of()), new InMemoryDhtStore());
    get(lonely.ready());
    assertThat(failure(lonely.lookup(topic))).isEqualTo(Reason.NO_NODES);
    assertThat(failure(lonely.immutablePut(utf8("x")))).isEqualTo(Reason.NO_NODES);

    try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      NodeAddress nobody = LOOPBACK.withPort(silent.getLocalPort());
      DhtNode hasty =
          start(
              DhtNodeConfig.client(List.of(nobody.toString()))
                  .withCallTimeout(Duration.ofMillis(300)),
              DhtStore.NONE);
      assertThat(failure(hasty.lookup(topic))).isEqualTo(Reason.TIMED_OUT);
      assertThat(failure(lonely.ping(nobody))).isEqualTo(Reason.NO_ANSWER);
      CompletableFuture<LookupResult> waiting = hasty.lookup(topic);
      CompletableFuture<Void> ready = hasty.ready();
      hasty.close();
      assertThat(failure(waiting)).isIn(Reason.CLOSED, Reason.TIMED_OUT);
      assertThatThrownBy(() -> get(ready)).hasCauseInstanceOf(DhtException.class);
      assertThat(failure(hasty.lookup(topic))).isEqualTo(Reason.CLOSED);
      assertThat(failure(hasty.status())).isEqualTo(Reason.CLOSED);
    }
  }

  @Test
  void withRecords_shouldSeeWhatOthersStoredHere() throws Exception {
    DhtNode seed = seed(PortRange.ANY, List.of(), DhtStore.NONE);
    get(client(seed).announce(topic, key, relays));
    int found =
        get(
            seed.withRecords(
                (records, now) -> records.lookup(topic, 20, new CompactWriter(100), now)));
    assertThat(found).isEqualTo(1);
  }

  @Test
  void status_shouldTellWhatTheNodeIs() throws Exception {
    DhtNode[] network = network(3);
    DhtStatus status = get(network[0].status());
    assertThat(status.isReady()).isTrue();
    assertThat(status.id()).isNotNull();
    assertThat(status.reachableAddress())
        .isEqualTo(LOOPBACK.withPort(network[0].serverAddress().getPort()));
    assertThat(status.tableSize()).isEqualTo(2);
    assertThat(status.tableSizes().values().stream().mapToInt(Integer::intValue).sum())
        .isEqualTo(2);
    assertThat(status.sockets().received()).isPositive();
    assertThat(status.faults()).isZero();
    assertThat(status.storageFailures()).isZero();
    assertThat(get(network[1].ping(LOOPBACK.withPort(status.serverPort()))))
        .isPositive()
        .isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void suspend_shouldPauseUntilResume() throws Exception {
    DhtNode[] network = network(2);
    get(network[1].suspend());
    assertThat(get(network[1].status()).isSuspended()).isTrue();
    assertThat(failure(network[1].lookup(topic))).isEqualTo(Reason.NO_NODES);
    get(network[1].resume());
    get(network[1].announce(topic, key, relays));
    assertThat(get(network[1].lookup(topic)).peers()).hasSize(1);
  }

  @Test
  void bootstrap_shouldLookNamesUp() throws Exception {
    DhtNode seed = seed(PortRange.ANY, List.of(), DhtStore.NONE);
    int port = seed.serverAddress().getPort();
    DhtNode byName = start(DhtNodeConfig.client(List.of("localhost:" + port)), DhtStore.NONE);
    get(byName.ready());
    assertThat(get(byName.status()).bootstrap()).containsExactly(LOOPBACK.withPort(port));
    DhtNode byAddress =
        start(
            DhtNodeConfig.client(List.of("127.0.0.1@no-such-host.invalid:" + port)), DhtStore.NONE);
    get(byAddress.ready());
    get(byAddress.announce(topic, key, relays));
    assertThat(get(byName.lookup(topic)).peers()).hasSize(1);
  }
}
