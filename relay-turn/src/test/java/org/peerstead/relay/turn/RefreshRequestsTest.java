package org.peerstead.relay.turn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.relay.turn.testbed.TestClient.errorCode;

import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.MalformedStunException;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunMessage;
import org.peerstead.relay.stun.StunMethod;
import org.peerstead.relay.stun.StunWriter;
import org.peerstead.relay.stun.TransportAddress;
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

  @Test
  void followsAClientToItsNewAddress() throws MalformedStunException {
    Testbed bed = mobile(1);
    follow(bed, 0);
  }

  @Test
  void followsAClientThatTheSystemGivesToAnotherLoop() throws MalformedStunException {
    Testbed bed = mobile(2);
    follow(bed, 1);
  }

  private void follow(Testbed bed, int engineOfNewAddress) throws MalformedStunException {
    TestClient client = bed.client("45.20.0.1", 1);
    StunMessage allocated = client.allocate(ticket(new byte[0]));
    byte[] first = allocated.bytes(StunAttribute.MOBILITY_TICKET);
    int port = allocated.xorAddress(StunAttribute.XOR_RELAYED_ADDRESS).port();
    assertThat(first).isNotEmpty();
    client.bind(0x4000, peer);

    TestClient moved = bed.client("45.20.7.7", 9);
    moved.engine = engineOfNewAddress;
    StunMessage answer = moved.ask(StunMethod.REFRESH, ticket(first));
    assertThat(errorCode(answer)).isZero();
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

    assertThat(errorCode(moved.refresh(0))).isZero();
    assertThat(bed.shell().openSockets()).isZero();
    assertThat(errorCode(moved.refresh(0))).isEqualTo(437);
    assertThat(errorCode(client.ask(StunMethod.REFRESH, ticket(first)))).isEqualTo(437);
    moved.allocate();
  }

  @Test
  void movesForNobodyElse() throws MalformedStunException {
    Testbed bed = mobile(1);
    TestClient client = bed.client("45.20.0.1", 1);
    byte[] first = client.allocate(ticket(new byte[0])).bytes(StunAttribute.MOBILITY_TICKET);
    TestClient thief = bed.client("45.20.7.7", 9).as("mallory");
    assertThat(errorCode(thief.ask(StunMethod.REFRESH, ticket(first)))).isEqualTo(441);
    assertThat(errorCode(thief.ask(StunMethod.REFRESH, ticket(new byte[16])))).isEqualTo(437);
    assertThat(errorCode(thief.ask(StunMethod.REFRESH, ticket(new byte[3])))).isEqualTo(437);
    TestClient immobile = new Testbed().client("45.20.0.1", 1);
    assertThat(errorCode(immobile.ask(StunMethod.REFRESH, ticket(first)))).isEqualTo(405);
  }
}
