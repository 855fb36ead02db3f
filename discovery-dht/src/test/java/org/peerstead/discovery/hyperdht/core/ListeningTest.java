package org.peerstead.discovery.hyperdht.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.hyperdht.core.HandshakeListener.Failure;
import org.peerstead.discovery.hyperdht.core.TestNetwork.Host;
import org.peerstead.discovery.hyperdht.wire.Firewall;
import org.peerstead.discovery.hyperdht.wire.HandshakeMessage;
import org.peerstead.discovery.hyperdht.wire.HolepunchPayload;
import org.peerstead.discovery.hyperdht.wire.HyperdhtCommand;
import org.peerstead.discovery.hyperdht.wire.HyperdhtError;
import org.peerstead.discovery.hyperdht.wire.NoisePayload;
import org.peerstead.discovery.hyperdht.wire.PeerRecord;
import org.peerstead.discovery.hyperdht.wire.RelayMode;
import org.peerstead.discovery.rpc.core.DropReason;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Packet;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.Response;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseSession;

/** Servers behind a firewall and their clients, in virtual time. */
class ListeningTest {
  private static final int NODES = 8;

  private final TestNetwork network = new TestNetwork(2);
  private final List<Host> servers = network.addServers(NODES);
  private final Host alice = network.addClient(1);
  private final Host bob = network.addClient(2);
  private final KeyPair serverKey = network.keyPair();
  private final KeyPair clientKey = network.keyPair();
  private final Acceptor acceptor = new Acceptor();

  static NoisePayload clientPayload() {
    return NoisePayload.ofStream(Firewall.UNKNOWN, List.of(), 77);
  }

  /** Accepts everybody until told otherwise. */
  private static final class Acceptor implements HandshakeHandler {
    final List<NoiseSession> sessions = new ArrayList<>();
    final List<NodeAddress> clients = new ArrayList<>();
    final List<HolepunchPayload> punches = new ArrayList<>();
    final List<Boolean> proven = new ArrayList<>();
    @Nullable Fixed32 seen;
    @Nullable NoisePayload answer =
        NoisePayload.ofStream(Firewall.UNKNOWN, List.of(NodeAddress.parse("10.0.0.9:5")), 99);

    @Override
    public @Nullable NoisePayload accept(
        Fixed32 remote, NoisePayload payload, NodeAddress client, long nowNanos) {
      seen = remote;
      return answer;
    }

    @Override
    public void accepted(
        NoiseSession session,
        NoisePayload payload,
        NodeAddress client,
        boolean isDirect,
        long nowNanos) {
      sessions.add(session);
      clients.add(client);
    }

    @Override
    public HolepunchPayload holepunch(
        NoiseSession session,
        HolepunchPayload payload,
        NodeAddress client,
        boolean isProven,
        long nowNanos) {
      punches.add(payload);
      proven.add(isProven);
      return new HolepunchPayload(
          false, true, 0, Firewall.CONSISTENT, 0, List.of(client), null, null, null);
    }
  }

  private Listening listen(Host host) {
    Listening listening = host.node().listen(serverKey, acceptor, network.nowNanos());
    network.runUntil(listening::isAnnounced);
    return listening;
  }

  private Results.Connection connect(Host host, Fixed32 key, List<NodeAddress> relays) {
    Results.Connection connection = new Results.Connection();
    host.node().handshake(key, clientKey, clientPayload(), relays, connection, network.nowNanos());
    network.runUntil(connection::isOver);
    return connection;
  }

  @Test
  void server_shouldBeFoundByItsKey() {
    Listening listening = listen(alice);
    assertThat(alice.announcements).isEqualTo(1);
    assertThat(listening.relayAddresses()).hasSize(3);
    Results.Servers found = new Results.Servers();
    bob.node().findPeer(serverKey.publicKey(), found, network.nowNanos());
    network.runUntil(() -> found.result != null);
    assertThat(found.found).hasSize(3);
    assertThat(found.found).containsOnly(new PeerRecord(serverKey.publicKey(), List.of()));
    assertThat(found.relays).containsExactlyInAnyOrderElementsOf(listening.relayAddresses());
  }

  @Test
  void handshake_shouldGiveBothTheSameKeys() {
    Listening listening = listen(alice);
    HandshakeResult result =
        Objects.requireNonNull(connect(bob, serverKey.publicKey(), List.of()).result);
    assertThat(acceptor.seen).isEqualTo(clientKey.publicKey());
    assertThat(acceptor.sessions).hasSize(1);
    NoiseSession theirs = acceptor.sessions.getFirst();
    assertThat(result.session().remotePublicKey()).isEqualTo(serverKey.publicKey());
    assertThat(result.session().transmitKey()).isEqualTo(theirs.receiveKey());
    assertThat(result.session().receiveKey()).isEqualTo(theirs.transmitKey());
    assertThat(result.session().handshakeHash()).isEqualTo(theirs.handshakeHash());
    assertThat(result.isRelayed()).isTrue();
    assertThat(result.server()).isEqualTo(alice.address());
    assertThat(result.client()).isEqualTo(bob.address());
    assertThat(acceptor.clients).containsExactly(bob.address());
    assertThat(listening.relayAddresses()).contains(result.relay());
    assertThat(result.payload().relayAddresses()).isEqualTo(listening.relayAddresses());
    assertThat(Objects.requireNonNull(result.payload().udx()).id()).isEqualTo(99);
    assertThat(Objects.requireNonNull(result.payload().holepunch()).relays())
        .hasSize(3)
        .allMatch(each -> each.peerAddress().equals(alice.address()));
  }

  @Test
  void handshake_shouldTakeRelaysThatTheCallerKnows() {
    Listening listening = listen(alice);
    long before = network.nowNanos();
    connect(bob, serverKey.publicKey(), listening.relayAddresses());
    assertThat(network.nowNanos() - before).isLessThan(60_000_000L);
  }

  @Test
  void handshake_shouldBePassedOnByASecondNode() {
    Listening listening = listen(alice);
    Host stranger =
        servers.stream()
            .filter(each -> !listening.relayAddresses().contains(each.address()))
            .findFirst()
            .orElseThrow();
    // The client names the relay to a node that does not know the server.
    Host relay =
        servers.stream()
            .filter(each -> listening.relayAddresses().contains(each.address()))
            .findFirst()
            .orElseThrow();
    bob.tamper((to, packet, bytes) ->
        packet instanceof Request request
                && !request.internal()
                && request.command() == HyperdhtCommand.PEER_HANDSHAKE
                && to.equals(stranger.address())
            ? named(request, relay.address())
            : bytes);
    Results.Connection connection = new Results.Connection();
    servers.forEach(each -> each.tamper((to, packet, bytes) -> isRecord(packet) ? null : bytes));
    bob.node()
        .handshake(
            serverKey.publicKey(),
            clientKey,
            clientPayload(),
            List.of(stranger.address()),
            connection,
            network.nowNanos());
    network.runUntil(connection::isOver);
    assertThat(Objects.requireNonNull(connection.result).relay()).isEqualTo(stranger.address());
    assertThat(connection.result.server()).isEqualTo(alice.address());
  }

  private static boolean isRecord(Packet packet) {
    if (packet instanceof Response response && response.value() != null) {
      try {
        return PeerRecord.decode(response.value()).encode().equals(response.value());
      } catch (EncodingException e) {
        return false;
      }
    }
    return false;
  }

  private static byte[] named(Request request, NodeAddress relay) {
    try {
      HandshakeMessage message = HandshakeMessage.decode(Objects.requireNonNull(request.value()));
      return RpcCodec.encode(
          new Request(
              request.transaction(),
              request.to(),
              request.id(),
              request.token(),
              false,
              request.command(),
              request.target(),
              new HandshakeMessage(message.mode(), message.noise(), null, relay).encode()));
    } catch (EncodingException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void handshake_shouldReachAServerWithoutARelay() {
    Host open = servers.getFirst();
    Listening listening = listen(open);
    assertThat(listening.relayAddresses().getFirst()).isEqualTo(open.address());
    HandshakeResult result =
        Objects.requireNonNull(connect(bob, serverKey.publicKey(), List.of(open.address())).result);
    assertThat(result.isRelayed()).isFalse();
    assertThat(result.relay()).isEqualTo(open.address());
    Results.Peers topic = new Results.Peers();
    bob.node().lookup(listening.target(), topic, network.nowNanos());
    network.runUntil(() -> topic.result != null);
    assertThat(topic.found).extracting(PeerRecord::publicKey).containsOnly(serverKey.publicKey());
  }

  @Test
  void handshake_shouldFailWhenThereIsNoServer() {
    Results.Connection connection = connect(bob, network.keyPair().publicKey(), List.of());
    assertThat(connection.failure).isEqualTo(Failure.PEER_NOT_FOUND);
  }

  @Test
  void handshake_shouldFailWhenTheServerIsSilent() {
    listen(alice);
    acceptor.answer = null;
    Results.Connection connection = connect(bob, serverKey.publicKey(), List.of());
    assertThat(connection.failure).isEqualTo(Failure.NO_ANSWER);
    assertThat(alice.dropped(DropReason.REJECTED)).isGreaterThanOrEqualTo(3);
  }

  @Test
  void handshake_shouldFailWhenTheServerRefuses() {
    listen(alice);
    acceptor.answer = NoisePayload.failed(HyperdhtError.TRY_LATER);
    Results.Connection connection = connect(bob, serverKey.publicKey(), List.of());
    assertThat(connection.failure).isEqualTo(Failure.REFUSED);
    assertThat(connection.error).isEqualTo(HyperdhtError.TRY_LATER);
    assertThat(acceptor.sessions).isEmpty();
  }

  @Test
  void handshake_shouldTellClientsWithoutAStreamThatTheyCannotConnect() {
    listen(alice);
    Results.Connection connection = new Results.Connection();
    bob.node()
        .handshake(
            serverKey.publicKey(),
            clientKey,
            NoisePayload.failed(HyperdhtError.NONE),
            List.of(),
            connection,
            network.nowNanos());
    network.runUntil(connection::isOver);
    assertThat(connection.failure).isEqualTo(Failure.REFUSED);
    assertThat(connection.error).isEqualTo(HyperdhtError.ABORTED);
  }

  @Test
  void handshake_shouldSurviveRelaysThatChangeTheAnswer() {
    Listening listening = listen(alice);
    List<Host> relays =
        servers.stream()
            .filter(each -> listening.relayAddresses().contains(each.address()))
            .toList();
    for (Host liar : relays.subList(0, 2)) {
      liar.tamper((to, packet, bytes) -> {
        if (packet instanceof Response response
            && to.equals(bob.address())
            && response.value() != null
            && response.value().length() > 100) {
          bytes[bytes.length - 20] ^= 1;
        }
        return bytes;
      });
    }
    Results.Connection connection =
        connect(
            bob, serverKey.publicKey(), List.of(relays.get(0).address(), relays.get(1).address()));
    assertThat(Objects.requireNonNull(connection.result).relay())
        .isEqualTo(relays.get(2).address());
    assertThat(bob.badAnswers).isEqualTo(2);
  }

  @Test
  void holepunch_shouldProveBothAddresses() {
    listen(alice);
    HandshakeResult connection =
        Objects.requireNonNull(connect(bob, serverKey.publicKey(), List.of()).result);
    Fixed32 bobToken = network.random32();
    HolepunchPayload first = punch(connection, 0, bobToken, null);
    assertThat(first.firewall()).isEqualTo(Firewall.CONSISTENT);
    assertThat(first.addresses()).containsExactly(bob.address());
    assertThat(first.remoteToken()).isEqualTo(bobToken);
    assertThat(first.token()).isNotNull();
    HolepunchPayload second = punch(connection, 1, bobToken, first.token());
    assertThat(second.round()).isEqualTo(1);
    punch(connection, 1, bobToken, network.random32());
    assertThat(acceptor.proven).containsExactly(false, true, false);
  }

  private HolepunchPayload punch(
      HandshakeResult connection, long round, Fixed32 token, @Nullable Fixed32 remoteToken) {
    Results.Punch punch = new Results.Punch();
    bob.node()
        .holepunch(
            connection,
            new HolepunchPayload(
                false, round > 0, 0, Firewall.CONSISTENT, round, null, null, token, remoteToken),
            punch,
            network.nowNanos());
    network.runUntil(punch::isOver);
    assertThat(punch.server).isEqualTo(alice.address());
    assertThat(punch.client).isEqualTo(bob.address());
    return Objects.requireNonNull(punch.payload);
  }

  @Test
  void holepunch_shouldFailWhenTheSessionIsOld() {
    listen(alice);
    HandshakeResult connection =
        Objects.requireNonNull(connect(bob, serverKey.publicKey(), List.of()).result);
    network.runFor(11 * TestNetwork.SECOND_NANOS);
    Results.Punch punch = new Results.Punch();
    bob.node()
        .holepunch(
            connection,
            new HolepunchPayload(false, false, 0, 0, 0, null, null, null, null),
            punch,
            network.nowNanos());
    network.runUntil(punch::isOver);
    assertThat(punch.failed).isTrue();
    assertThat(acceptor.punches).isEmpty();
  }

  @Test
  void server_shouldAnswerRepetitionsWithTheSameBytes() {
    listen(alice);
    connect(bob, serverKey.publicKey(), List.of());
    network.runFor(TestNetwork.SECOND_NANOS);
    // Two relays at a time: the same first message arrived more than once.
    assertThat(alice.receivedRequests(HyperdhtCommand.PEER_HANDSHAKE)).isGreaterThan(1);
    assertThat(acceptor.sessions).hasSize(1);
  }

  @Test
  void server_shouldSurviveGarbageAndKeepABoundedNumberOfSessions() {
    listen(alice);
    Host relay = servers.getFirst();
    Fixed32 target = Blake2b.hash(serverKey.publicKey().toSlice());
    for (int i = 0; i < Listening.MAX_SESSIONS + 100; i++) {
      Slice noise = Slice.of(network.random32().toBytes());
      network.inject(
          relay.address(),
          alice.address(),
          RpcCodec.encode(
              new Request(
                  i,
                  alice.address(),
                  null,
                  null,
                  false,
                  HyperdhtCommand.PEER_HANDSHAKE,
                  target,
                  new HandshakeMessage(RelayMode.FROM_RELAY, noise, bob.address(), null)
                      .encode())));
    }
    network.runFor(TestNetwork.SECOND_NANOS);
    int refused = alice.dropped(DropReason.REJECTED) + alice.dropped(DropReason.RATE_LIMITED);
    assertThat(refused).isEqualTo(Listening.MAX_SESSIONS + 100);
    network.runFor(11 * TestNetwork.SECOND_NANOS);
    assertThat(connect(bob, serverKey.publicKey(), List.of()).result).isNotNull();
  }

  @Test
  void server_shouldBeAnnouncedElsewhereWhenARelayDies() {
    Listening listening = listen(alice);
    NodeAddress dead = listening.relayAddresses().getFirst();
    servers.stream().filter(each -> each.address().equals(dead)).forEach(each -> each.down = true);
    network.runUntil(() -> alice.announcements == 2);
    assertThat(listening.relayAddresses()).hasSize(3).doesNotContain(dead);
    assertThat(connect(bob, serverKey.publicKey(), List.of()).result).isNotNull();
  }

  @Test
  void server_shouldStayAnnounced() {
    Listening listening = listen(alice);
    network.runFor(45 * 60 * TestNetwork.SECOND_NANOS);
    assertThat(listening.isAnnounced()).isTrue();
    assertThat(alice.announcements).isBetween(8, 11);
    assertThat(connect(bob, serverKey.publicKey(), List.of()).result).isNotNull();
  }

  @Test
  void server_shouldTryAgainWhenNobodyAnswers() {
    servers.forEach(each -> each.down = true);
    Listening listening = alice.node().listen(serverKey, acceptor, network.nowNanos());
    network.runFor(30 * TestNetwork.SECOND_NANOS);
    assertThat(listening.isAnnounced()).isFalse();
    servers.forEach(each -> each.down = false);
    network.runUntil(listening::isAnnounced);
  }

  @Test
  void server_shouldSurviveThatTheNodeIsSuspended() {
    Listening listening = listen(alice);
    List<NodeAddress> relays = listening.relayAddresses();
    alice.node().suspend(network.nowNanos());
    network.runFor(10 * 60 * TestNetwork.SECOND_NANOS);
    assertThat(listening.relayAddresses()).isEqualTo(relays);
    assertThat(connect(bob, serverKey.publicKey(), List.of()).failure).isEqualTo(Failure.NO_ANSWER);
    network.runFor(15 * 60 * TestNetwork.SECOND_NANOS);
    assertThat(connect(bob, serverKey.publicKey(), List.of()).failure)
        .isEqualTo(Failure.PEER_NOT_FOUND);
    alice.node().resume(network.nowNanos());
    network.runFor(10 * TestNetwork.SECOND_NANOS);
    assertThat(connect(bob, serverKey.publicKey(), List.of()).result).isNotNull();
  }

  @Test
  void close_shouldTakeTheAnnouncementsBack() {
    Listening listening = listen(alice);
    assertThat(servers.stream().filter(this::hasRoute)).hasSize(3);
    listening.close(network.nowNanos());
    network.runFor(TestNetwork.SECOND_NANOS);
    assertThat(servers.stream().filter(this::hasRoute)).isEmpty();
    assertThat(connect(bob, serverKey.publicKey(), List.of()).failure)
        .isEqualTo(Failure.PEER_NOT_FOUND);
    alice.node().listen(serverKey, acceptor, network.nowNanos());
  }

  @Test
  void listen_shouldRefuseAKeyTwice() {
    listen(alice);
    assertThatThrownBy(() -> alice.node().listen(serverKey, acceptor, network.nowNanos()))
        .isInstanceOf(IllegalStateException.class);
  }

  private boolean hasRoute(Host host) {
    return host.records.route(Blake2b.hash(serverKey.publicKey().toSlice()), network.epochMillis())
        != null;
  }
}
