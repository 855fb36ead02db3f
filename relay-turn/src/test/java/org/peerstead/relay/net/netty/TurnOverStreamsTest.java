package org.peerstead.relay.net.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.peerstead.relay.stun.IntegrityKind;
import org.peerstead.relay.stun.LongTermKey;
import org.peerstead.relay.stun.MalformedStunException;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunClass;
import org.peerstead.relay.stun.StunMessage;
import org.peerstead.relay.stun.StunMethod;
import org.peerstead.relay.stun.StunWriter;
import org.peerstead.relay.stun.TransactionId;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ClientTransport;
import org.peerstead.relay.turn.EndReason;
import org.peerstead.relay.turn.testbed.TestUsers;

/** Shell and engine together: clients over streams who relay to UDP and TCP peers. */
@ExtendWith(LeakWatch.class)
class TurnOverStreamsTest {
  private static final Set<ClientTransport> STREAMS =
      Set.of(ClientTransport.TCP, ClientTransport.TLS);

  /** A TURN client over a stream. */
  private static final class TurnClient implements AutoCloseable {
    final Client stream;
    private @Nullable String realm;
    private @Nullable String nonce;
    private long transaction = 1;

    TurnClient(Relay relay, ClientTransport transport) throws IOException {
      stream =
          transport == ClientTransport.TCP
              ? Client.connect(address(relay))
              : new Client(
                  TestCertificate.trusting()
                      .getSocketFactory()
                      .createSocket("127.0.0.1", address(relay).getPort()));
    }

    private static java.net.InetSocketAddress address(Relay relay) {
      return relay.loops.listeners().getFirst().toSocketAddress();
    }

    StunMessage ask(int method, UnaryOperator<StunWriter> attributes)
        throws IOException, MalformedStunException {
      StunMessage answer = once(method, attributes);
      if (answer.messageClass() == StunClass.ERROR && nonce == null) {
        realm = answer.text(StunAttribute.REALM);
        nonce = answer.text(StunAttribute.NONCE);
        answer = once(method, attributes);
      }
      return answer;
    }

    private StunMessage once(int method, UnaryOperator<StunWriter> attributes)
        throws IOException, MalformedStunException {
      StunWriter writer =
          attributes.apply(StunWriter.request(method, new TransactionId(9, transaction++)));
      String knownRealm = realm;
      String knownNonce = nonce;
      if (knownRealm != null && knownNonce != null) {
        writer
            .text(StunAttribute.USERNAME, "alice")
            .text(StunAttribute.REALM, knownRealm)
            .text(StunAttribute.NONCE, knownNonce)
            .integrity(
                IntegrityKind.SHA1,
                LongTermKey.md5("alice", knownRealm, TestUsers.passwordOf("alice")));
      }
      stream.send(writer.toBytes());
      return StunMessage.parse(stream.read());
    }

    @Override
    public void close() throws IOException {
      stream.close();
    }
  }

  private static TransportAddress at(SocketAddress address) {
    return TransportAddress.of((java.net.InetSocketAddress) address);
  }

  @ParameterizedTest
  @EnumSource(
      value = ClientTransport.class,
      names = {"TCP", "TLS"})
  void udpPeers_shouldBeReachedByChannelsAndIndications(ClientTransport transport)
      throws IOException, MalformedStunException {
    try (Relay relay = new Relay(0, STREAMS);
        TurnClient client = new TurnClient(relay, transport);
        DatagramSocket peer = new DatagramSocket(0, Shell.V4.toInetAddress())) {
      peer.setSoTimeout(10_000);
      StunMessage allocated =
          client.ask(StunMethod.ALLOCATE, writer -> writer.requestedTransport(17));
      TransportAddress relayed = allocated.xorAddress(StunAttribute.XOR_RELAYED_ADDRESS);
      assertThat(relayed).isNotNull();
      TransportAddress there = at(peer.getLocalSocketAddress());
      assertThat(
              client
                  .ask(
                      StunMethod.CHANNEL_BIND,
                      writer ->
                          writer
                              .channelNumber(0x4001)
                              .xorAddress(StunAttribute.XOR_PEER_ADDRESS, there))
                  .messageClass())
          .isEqualTo(StunClass.SUCCESS);
      byte[] payload = new byte[1_001];
      Arrays.fill(payload, (byte) 6);
      client.stream.send(Client.channelData(0x4001, payload));
      DatagramPacket packet = new DatagramPacket(new byte[2_000], 2_000);
      peer.receive(packet);
      assertThat(Arrays.copyOf(packet.getData(), packet.getLength())).isEqualTo(payload);
      assertThat(packet.getSocketAddress()).isEqualTo(relayed.toSocketAddress());
      peer.send(new DatagramPacket(payload, payload.length, relayed.toSocketAddress()));
      assertThat(client.stream.read()).isEqualTo(Client.channelData(0x4001, payload));
      client.stream.send(
          StunWriter.indication(StunMethod.SEND, new TransactionId(1, 1))
              .xorAddress(StunAttribute.XOR_PEER_ADDRESS, there)
              .bytes(StunAttribute.DATA, new byte[] {1, 2, 3})
              .toBytes());
      peer.receive(packet);
      assertThat(packet.getLength()).isEqualTo(3);
      assertThat(relay.opened).hasSize(1);
      client.close();
      await().untilAsserted(() -> assertThat(relay.ends).containsExactly(EndReason.DISCONNECTED));
      assertThat(relay.loops.counts().unsettled()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ClientTransport.class,
      names = {"TCP", "TLS"})
  void tcpPeers_shouldBeReachedAndHeard(ClientTransport transport)
      throws IOException, MalformedStunException {
    try (Relay relay = new Relay(0, STREAMS);
        TurnClient control = new TurnClient(relay, transport);
        ServerSocket listening = new ServerSocket(0, 5, Shell.V4.toInetAddress())) {
      TransportAddress relayed =
          control
              .ask(StunMethod.ALLOCATE, writer -> writer.requestedTransport(6))
              .xorAddress(StunAttribute.XOR_RELAYED_ADDRESS);
      assertThat(relayed).isNotNull();
      TransportAddress there = at(listening.getLocalSocketAddress());
      StunMessage connected =
          control.ask(
              StunMethod.CONNECT,
              writer -> writer.xorAddress(StunAttribute.XOR_PEER_ADDRESS, there));
      exchange(relay, transport, listening.accept(), connected);
      control.ask(
          StunMethod.CREATE_PERMISSION,
          writer -> writer.xorAddress(StunAttribute.XOR_PEER_ADDRESS, there));
      try (Socket peer = new Socket()) {
        peer.connect(relayed.toSocketAddress());
        StunMessage attempt = StunMessage.parse(control.stream.read());
        assertThat(attempt.method()).isEqualTo(StunMethod.CONNECTION_ATTEMPT);
        exchange(relay, transport, peer, attempt);
      }
    }
  }

  @Test
  void nonces_shouldCountForAllConnectionsOfAClient() throws IOException, MalformedStunException {
    try (Relay relay = new Relay(0, STREAMS);
        TurnClient control = new TurnClient(relay, ClientTransport.TCP);
        TurnClient data = new TurnClient(relay, ClientTransport.TLS)) {
      control.ask(StunMethod.ALLOCATE, writer -> writer.requestedTransport(6));
      data.realm = control.realm;
      data.nonce = control.nonce;
      // Not stale: what is wrong is the number.
      StunMessage answer =
          data.once(
              StunMethod.CONNECTION_BIND, writer -> writer.uint32(StunAttribute.CONNECTION_ID, 1));
      assertThat(answer.bytes(StunAttribute.ERROR_CODE)).startsWith(0, 0, 4, 0);
    }
  }

  /** Binds a connection by the number that a message names, and says something both ways. */
  private static void exchange(
      Relay relay, ClientTransport transport, Socket peer, StunMessage about)
      throws IOException, MalformedStunException {
    byte[] id = about.bytes(StunAttribute.CONNECTION_ID);
    assertThat(id).hasSize(4);
    peer.setSoTimeout(10_000);
    try (TurnClient data = new TurnClient(relay, transport)) {
      assertThat(
              data.ask(
                      StunMethod.CONNECTION_BIND,
                      writer -> writer.bytes(StunAttribute.CONNECTION_ID, id))
                  .messageClass())
          .isEqualTo(StunClass.SUCCESS);
      data.stream.send(new byte[] {1, 2, 3});
      assertThat(peer.getInputStream().readNBytes(3)).containsExactly(1, 2, 3);
      peer.getOutputStream().write(new byte[] {4, 5});
      assertThat(data.stream.in.readNBytes(2)).containsExactly(4, 5);
      peer.close();
      assertThat(data.stream.isEnded()).isTrue();
    }
  }

  @Test
  void strangers_shouldBeAskedForCredentials() throws IOException, MalformedStunException {
    try (Relay relay = new Relay(0, STREAMS);
        Client client = Client.connect(relay.loops.listeners().getFirst().toSocketAddress())) {
      client.send(
          StunWriter.request(StunMethod.ALLOCATE, new TransactionId(1, 1))
              .requestedTransport(17)
              .toBytes());
      StunMessage answer = StunMessage.parse(client.read());
      assertThat(answer.messageClass()).isEqualTo(StunClass.ERROR);
      assertThat(answer.text(StunAttribute.NONCE)).isNotEmpty();
      assertThat(relay.loops.counts().unsettled()).isEqualTo(1);
    }
  }
}
