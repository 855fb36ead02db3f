package org.peerstead.relay.turn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.relay.turn.testbed.TestClient.errorCode;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.MalformedStunException;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunMessage;
import org.peerstead.relay.stun.StunMethod;
import org.peerstead.relay.stun.StunWriter;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.testbed.MemoryConnection;
import org.peerstead.relay.turn.testbed.TestClient;
import org.peerstead.relay.turn.testbed.Testbed;

class RefreshRequestsTest {
  private final TransportAddress peer = new TransportAddress(IpAddress.parse("45.30.0.1"), 7_000);

  private static UnaryOperator<StunWriter> ticket(byte[] ticket) {
    return writer -> writer.bytes(StunAttribute.MOBILITY_TICKET, ticket);
  }

  private static Testbed mobile(int engines) {
    Testbed.Settings settings = new Testbed.Settings();
    settings.mobility = true;
    settings.engines = engines;
    return new Testbed(settings);
  }

  @Test
  void keepsAnAllocationAliveAndLetsItGo() throws MalformedStunException {
    Testbed bed = new Testbed();
    TestClient client = bed.client("45.20.0.1", 1);
    assertThat(errorCode(client.refresh(600))).isEqualTo(437);
    client.allocate();
    bed.pass(Duration.ofSeconds(599));
    assertThat(client.refresh(700).uint32(StunAttribute.LIFETIME, 0)).isEqualTo(700);
    bed.pass(Duration.ofSeconds(699));
    assertThat(bed.shell().openSockets()).isOne();
    bed.pass(Duration.ofSeconds(2));
    assertThat(bed.shell().openSockets()).isZero();
    assertThat(errorCode(client.refresh(600))).isEqualTo(437);
    client.allocate();
    assertThat(client.refresh(0).uint32(StunAttribute.LIFETIME, 9)).isZero();
    assertThat(bed.shell().openSockets()).isZero();
    assertThat(bed.reasons).containsExactly(EndReason.EXPIRED, EndReason.RELEASED);
  }

  @Test
  void refreshesOneHalfOfADualAllocation() {
    Testbed bed = new Testbed();
    TestClient client = bed.client("45.20.0.1", 1);
    client.allocate(
        writer -> writer.addressFamily(StunAttribute.ADDITIONAL_ADDRESS_FAMILY, IpFamily.V6));
    UnaryOperator<StunWriter> endV4 =
        writer ->
            writer
                .uint32(StunAttribute.LIFETIME, 0)
                .addressFamily(StunAttribute.REQUESTED_ADDRESS_FAMILY, IpFamily.V4);
    assertThat(errorCode(client.ask(StunMethod.REFRESH, endV4))).isZero();
    assertThat(bed.shell().openSockets()).isOne();
    assertThat(errorCode(client.ask(StunMethod.REFRESH, endV4))).isEqualTo(443);
    assertThat(errorCode(client.permit(peer))).isEqualTo(443);
    bed.pass(Duration.ofSeconds(601));
    assertThat(bed.shell().openSockets()).isZero();
  }

  static Stream<Arguments> moves() {
    return Stream.of(ClientTransport.values())
        .flatMap(from ->
            Stream.of(ClientTransport.values())
                .flatMap(to -> Stream.of(0, 1).map(engine -> Arguments.of(from, to, engine))));
  }

  private static TestClient client(Testbed bed, String ip, int port, ClientTransport transport) {
    TestClient client = bed.client(ip, port);
    return transport == ClientTransport.UDP ? client : client.over(transport);
  }

  @ParameterizedTest
  @MethodSource("moves")
  void followsAClientToItsNewAddress(
      ClientTransport from, ClientTransport to, int engineOfNewAddress)
      throws MalformedStunException {
    Testbed bed = mobile(2);
    TestClient client = client(bed, "45.20.0.1", 1, from);
    StunMessage allocated = client.allocate(ticket(new byte[0]));
    byte[] first = allocated.bytes(StunAttribute.MOBILITY_TICKET);
    int port = allocated.xorAddress(StunAttribute.XOR_RELAYED_ADDRESS).port();
    assertThat(new String(first, StandardCharsets.US_ASCII)).matches("[-_A-Za-z0-9]{22}");
    client.bind(0x4000, peer);

    TestClient moved = client(bed, "45.20.7.7", 9, to);
    moved.engine = engineOfNewAddress;
    StunMessage answer = moved.ask(StunMethod.REFRESH, ticket(first));
    assertThat(errorCode(answer)).isZero();
    assertThat(mayStay(bed, moved)).isTrue();
    assertThat(answer.bytes(StunAttribute.MOBILITY_TICKET)).isNotEmpty().isNotEqualTo(first);

    // Until data comes from there, the old address is the client's.
    bed.receiveFromPeer(0, port, peer, new byte[] {1});
    assertThat(client.received()).hasSize(1);
    assertThat(moved.received()).isEmpty();

    moved.sendChannelData(0x4000, new byte[] {2});
    assertThat(bed.shell().toPeers.remove().bytes()).isEqualTo(new byte[] {2});
    bed.receiveFromPeer(0, port, peer, new byte[] {3});
    assertThat(client.received()).isEmpty();
    assertThat(moved.received()).hasSize(1);
    client.sendChannelData(0x4000, new byte[] {4});
    assertThat(bed.shell().toPeers).isEmpty();
    assertThat(client.connection == null || client.connection.isClosed).isTrue();
    moved.sendIndication(peer, new byte[] {5});
    assertThat(bed.shell().toPeers.remove().bytes()).isEqualTo(new byte[] {5});
    assertThat(bed.engine().sessions(bed.nowNanos).getFirst().transport()).isEqualTo(to);

    assertThat(errorCode(moved.refresh(0))).isZero();
    assertThat(moved.connection == null || !mayStay(bed, moved)).isTrue();
    assertThat(bed.shell().openSockets()).isZero();
    assertThat(errorCode(moved.refresh(0))).isEqualTo(437);
    assertThat(errorCode(client.ask(StunMethod.REFRESH, ticket(first)))).isEqualTo(437);
    moved.allocate();
  }

  private static boolean mayStay(Testbed bed, TestClient client) {
    MemoryConnection connection = client.connection;
    return connection == null || bed.engines.get(client.engine).isSettled(connection);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void keepsAnAllocationWhoseConnectionHasEnded(int engineOfNewAddress)
      throws MalformedStunException {
    Testbed bed = mobile(2);
    TestClient client = bed.client("45.20.0.1", 1).over(ClientTransport.TLS);
    byte[] first = client.allocate(ticket(new byte[0])).bytes(StunAttribute.MOBILITY_TICKET);
    client.bind(0x4000, peer);
    bed.closed(0, client.connection);
    assertThat(bed.shell().openSockets()).isOne();

    // Two that announce themselves and go again, without data.
    TestClient moved = null;
    for (int i = 0; i < 3; i++) {
      if (moved != null) {
        bed.closed(moved.engine, moved.connection);
      }
      moved = bed.client("45.20.7.7", 9 + i).over(ClientTransport.TLS);
      moved.engine = engineOfNewAddress;
      assertThat(errorCode(moved.ask(StunMethod.REFRESH, ticket(first)))).isZero();
    }
    moved.sendChannelData(0x4000, new byte[] {2});
    assertThat(bed.shell().toPeers).hasSize(1);
    bed.closed(moved.engine, moved.connection);
    assertThat(bed.shell().openSockets()).isOne();
    bed.pass(Duration.ofSeconds(601));
    assertThat(bed.shell().openSockets()).isZero();
  }

  @Test
  void movesForNobodyElse() throws MalformedStunException {
    Testbed bed = mobile(1);
    TestClient client = bed.client("45.20.0.1", 1);
    byte[] first = client.allocate(ticket(new byte[0])).bytes(StunAttribute.MOBILITY_TICKET);
    TestClient thief = bed.client("45.20.7.7", 9).as("mallory");
    assertThat(errorCode(thief.ask(StunMethod.REFRESH, ticket(first)))).isEqualTo(441);
    assertThat(errorCode(thief.ask(StunMethod.REFRESH, ticket(new byte[16])))).isEqualTo(437);
    assertThat(errorCode(thief.ask(StunMethod.REFRESH, ticket(new byte[22])))).isEqualTo(437);
    byte[] forged = first.clone();
    forged[0] = (byte) (first[0] == 'A' ? 'B' : 'A');
    assertThat(errorCode(thief.ask(StunMethod.REFRESH, ticket(forged)))).isEqualTo(437);
    TestClient immobile = new Testbed().client("45.20.0.1", 1);
    assertThat(errorCode(immobile.ask(StunMethod.REFRESH, ticket(first)))).isEqualTo(405);
  }
}
