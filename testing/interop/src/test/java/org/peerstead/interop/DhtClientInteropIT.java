package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.DhtException;
import org.peerstead.discovery.hyperdht.core.HandshakeHandler;
import org.peerstead.discovery.hyperdht.core.HandshakeResult;
import org.peerstead.discovery.hyperdht.core.Listening;
import org.peerstead.discovery.hyperdht.wire.Firewall;
import org.peerstead.discovery.hyperdht.wire.HolepunchPayload;
import org.peerstead.discovery.hyperdht.wire.NoisePayload;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.interop.NpmDht.Kind;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.noise.NoiseSession;

/** Our client in a network of npm nodes only. */
class DhtClientInteropIT {
  private static final int NODES = 8;

  private static NpmDht npm;
  private static PeersteadDht ours;
  private static PeersteadDht.Client client;
  private static DhtClient other;

  @BeforeAll
  static void start() {
    npm = new NpmDht();
    String seed = npm.startBootstrapper("seed", ServerProcess.freeUdpPort()).address();
    npm.start("node", Kind.NODE, NODES, seed);
    npm.start("client", Kind.CLIENT, seed);
    npm.start("firewalled", Kind.FIREWALLED, seed);
    npm.start("open", Kind.OPEN, seed);
    other = npm.client("client");
    ours = PeersteadDht.clients();
    client = ours.newClient(seed);
  }

  @AfterAll
  static void stop() {
    assertThat(ours.faults()).isZero();
    ours.close();
    npm.close();
  }

  private static String seed(int number) {
    return "%064x".formatted(number);
  }

  @Test
  void announcement_shouldBeStoredByAllAndTakenBack() {
    String topic = seed(1);
    assertThat(client.announce(topic, seed(2))).isEqualTo(NODES + 1);
    assertThat(client.announce(topic, seed(3))).isEqualTo(NODES + 1);
    String[] both = {PeersteadDht.publicKey(seed(2)), PeersteadDht.publicKey(seed(3))};
    assertThat(other.lookup(topic)).containsExactlyInAnyOrder(both);
    assertThat(client.lookup(topic)).containsExactlyInAnyOrder(both);
    client.unannounce(topic, seed(2));
    assertThat(other.lookup(topic)).containsExactly(both[1]);
    assertThat(client.lookup(topic)).containsExactly(both[1]);
  }

  @Test
  void values_shouldBeStoredAndRead() {
    String value = "c0ffee".repeat(300);
    String hash = client.immutablePut(value);
    assertThat(other.immutableGet(hash)).isEqualTo(value);
    assertThat(client.immutableGet(other.immutablePut("1234"))).isEqualTo("1234");
    assertThat(client.immutableGet(seed(4))).isNull();

    String key = client.mutablePut(seed(5), 1, "0a");
    assertThat(other.mutableGet(key)).isEqualTo("0a");
    other.mutablePut(seed(5), 2, "0b");
    assertThat(client.mutableGet(key)).isEqualTo("0b");
    assertThatThrownBy(() -> client.mutablePut(seed(5), 1, "0c"))
        .isInstanceOfSatisfying(
            DhtException.class,
            e -> assertThat(e.reason()).isEqualTo(DhtException.Reason.SEQ_TOO_LOW));
    assertThat(client.mutableGet(key)).isEqualTo("0b");
    assertThat(client.mutableGet(PeersteadDht.publicKey(seed(6)))).isNull();
  }

  @Test
  void closestNodes_shouldBeAllOfASmallNetwork() {
    assertThat(client.findNode(DhtFlood.fixed32(new SplittableRandom(1)))).hasSize(NODES + 1);
  }

  @Test
  void handshake_shouldReachAFirewalledServerThroughARelay() {
    String key = npm.listen("firewalled", seed(7), true);
    assertThat(client.isFound(key)).isTrue();

    HandshakeResult connection = client.handshake(key, seed(8));

    assertThat(npm.handshakes("firewalled")).isEqualTo(1);
    assertThat(connection.session().remotePublicKey()).hasToString(key);
    assertThat(connection.isRelayed()).isTrue();
    NoisePayload server = connection.payload();
    assertThat(server.error()).isZero();
    assertThat(server.firewall()).isNotEqualTo(Firewall.OPEN);
    assertThat(server.udx()).isNotNull();
    assertThat(server.relayAddresses()).isNotEmpty();
    assertThat(server.holepunch()).isNotNull();

    HolepunchPayload answer = client.probe(connection);

    assertThat(answer.error()).isZero();
    assertThat(answer.round()).isZero();
    assertThat(answer.token()).as("proof that we receive packets").isNotNull();
    npm.unlisten("firewalled");
    assertThat(client.isFound(key)).isFalse();
  }

  @Test
  void handshake_shouldReachAnOpenServer() {
    String key = npm.listen("open", seed(9), true);

    HandshakeResult connection = client.handshake(key, seed(10));

    assertThat(connection.session().remotePublicKey()).hasToString(key);
    assertThat(connection.payload().firewall()).isEqualTo(Firewall.OPEN);
    assertThat(connection.payload().holepunch()).isNull();
    npm.unlisten("open");
  }

  @Test
  void server_shouldAnswerHandshakeAndHolePunchOfAnNpmClient() {
    Accepting accepting = new Accepting();
    Listening server = client.listen(seed(13), accepting);
    Awaitility.await().until(() -> other.isFound(PeersteadDht.publicKey(seed(13))));

    JsonNode connection = npm.handshake("client", PeersteadDht.publicKey(seed(13)), seed(14));

    assertThat(accepting.session.remotePublicKey()).hasToString(PeersteadDht.publicKey(seed(14)));
    assertThat(connection.get("hash").asText())
        .isEqualTo(accepting.session.handshakeHash().toHex());
    assertThat(connection.get("streamId").asLong()).isEqualTo(4_242);
    assertThat(connection.get("isRelayed").asBoolean()).isTrue();
    assertThat(connection.get("rounds")).hasSize(2);
    for (int round = 0; round < 2; round++) {
      JsonNode answer = connection.get("rounds").get(round);
      assertThat(answer.get("error").asInt()).isZero();
      assertThat(answer.get("round").asInt()).isEqualTo(round);
      assertThat(answer.get("isPunching").asBoolean()).isEqualTo(round > 0);
      assertThat(answer.get("isTokenRepeated").asBoolean()).isTrue();
    }
    assertThat(accepting.proven).containsExactly(false, true);
    client.unlisten(server);
    Awaitility.await().until(() -> !other.isFound(PeersteadDht.publicKey(seed(13))));
  }

  /** Accepts everybody. */
  private static final class Accepting implements HandshakeHandler {
    private final List<Boolean> proven = new CopyOnWriteArrayList<>();
    private volatile NoiseSession session;

    @Override
    public NoisePayload accept(
        Fixed32 remote, NoisePayload payload, NodeAddress from, long nowNanos) {
      return NoisePayload.ofStream(Firewall.UNKNOWN, List.of(), 4_242);
    }

    @Override
    public void accepted(
        NoiseSession accepted,
        NoisePayload payload,
        NodeAddress from,
        boolean isDirect,
        long nowNanos) {
      session = accepted;
    }

    @Override
    public HolepunchPayload holepunch(
        NoiseSession of,
        HolepunchPayload payload,
        NodeAddress from,
        boolean isProven,
        long nowNanos) {
      proven.add(isProven);
      return new HolepunchPayload(
          false, payload.isPunching(), 0, Firewall.CONSISTENT, 0, List.of(from), null, null, null);
    }
  }

  @Test
  void handshake_shouldFailWithoutAServer() {
    assertThatThrownBy(() -> client.handshake(PeersteadDht.publicKey(seed(11)), seed(12)))
        .isInstanceOfSatisfying(
            DhtException.class,
            e -> assertThat(e.reason()).isEqualTo(DhtException.Reason.PEER_NOT_FOUND));
  }
}
