package org.peerstead.relay.turn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.relay.turn.testbed.TestClient.errorCode;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.MalformedStunException;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunMethod;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.testbed.TestClient;
import org.peerstead.relay.turn.testbed.Testbed;

/** What has run out counts no more, whether or not the relay has looked at it since. */
class ExpiredStateTest {
  private static TransportAddress peer(int number) {
    return new TransportAddress(IpAddress.parse("45.30.0." + number), 7_000);
  }

  private static TestClient client(Testbed bed) {
    return bed.client("45.20.0.1", 4_000);
  }

  /** Time passes while the loop is busy with something else. */
  private static void sleep(Testbed bed, long seconds) {
    bed.nowNanos += seconds * 1_000_000_000L;
    bed.epochMillis += seconds * 1_000;
  }

  @Test
  void anotherUserGetsTheAddressOfAClientWhoseTimeIsOver() {
    Testbed bed = new Testbed();
    client(bed).allocate();
    sleep(bed, 600);
    TestClient other = client(bed).as("bob");
    assertThat(errorCode(other.refresh(600))).isEqualTo(437);
    other.allocate();
    assertThat(bed.shell().openSockets()).isOne();
    assertThat(bed.reasons).containsExactly(EndReason.EXPIRED);
  }

  @Test
  void halfOfADualAllocationIsNotRevived() {
    Testbed bed = new Testbed();
    TestClient client = client(bed);
    client.allocate(
        writer -> writer.addressFamily(StunAttribute.ADDITIONAL_ADDRESS_FAMILY, IpFamily.V6));
    client.ask(
        StunMethod.REFRESH,
        writer ->
            writer
                .uint32(StunAttribute.LIFETIME, 3_000)
                .addressFamily(StunAttribute.REQUESTED_ADDRESS_FAMILY, IpFamily.V4));
    sleep(bed, 600);
    assertThat(errorCode(client.refresh(600))).isZero();
    assertThat(bed.shell().openSockets()).isOne();
    TransportAddress v6 = new TransportAddress(IpAddress.parse("2a0b::1"), 1);
    assertThat(errorCode(client.permit(v6))).isEqualTo(443);
  }

  @Test
  void deadPermissionsAndChannelsLeaveTheirPlaces() {
    Testbed.Settings settings = new Testbed.Settings();
    settings.config =
        config ->
            new TurnConfig(
                config.v4(),
                config.v6(),
                config.defaultLifetimeSeconds(),
                config.maxLifetimeSeconds(),
                2,
                2,
                config.mobility(),
                config.tcpRelaying(),
                config.discovery(),
                config.unauthenticatedPerSecond(),
                config.unauthenticatedBurst());
    Testbed bed = new Testbed(settings);
    TestClient client = client(bed);
    client.allocate();
    client.refresh(3_600);
    client.bind(0x4000, peer(1));
    client.bind(0x4001, peer(2));
    assertThat(errorCode(client.permit(peer(3)))).isEqualTo(508);
    assertThat(errorCode(client.bind(0x4002, peer(1)))).isEqualTo(400);
    sleep(bed, 600);
    assertThat(errorCode(client.permit(peer(3), peer(4)))).isZero();
    assertThat(errorCode(client.bind(0x4002, peer(3)))).isZero();
    assertThat(errorCode(client.bind(0x4003, peer(4)))).isZero();
    assertThat(errorCode(client.permit(peer(5)))).isEqualTo(508);
  }

  @Test
  void aRefreshThatFailsMovesNobody() throws MalformedStunException {
    Testbed.Settings settings = new Testbed.Settings();
    settings.mobility = true;
    Testbed bed = new Testbed(settings);
    TestClient client = client(bed);
    byte[] ticket =
        client
            .allocate(writer -> writer.empty(StunAttribute.MOBILITY_TICKET))
            .bytes(StunAttribute.MOBILITY_TICKET);
    TestClient moved = bed.client("45.20.0.2", 4_000);
    assertThat(
            errorCode(
                moved.ask(
                    StunMethod.REFRESH,
                    writer ->
                        writer
                            .bytes(StunAttribute.MOBILITY_TICKET, ticket)
                            .addressFamily(StunAttribute.REQUESTED_ADDRESS_FAMILY, IpFamily.V6))))
        .isEqualTo(443);
    assertThat(errorCode(moved.permit(peer(1)))).isEqualTo(437);
  }

  @Test
  void reservedPortsComeBackWhenNothingElseIsLeft() {
    Testbed bed = new Testbed();
    TestClient client = client(bed);
    client.allocate(writer -> writer.bytes(StunAttribute.EVEN_PORT, new byte[] {(byte) 0x80}));
    client.refresh(0);
    assertThat(bed.v4Ports.free()).isEqualTo(bed.v4Ports.size() - 1);
    bed.pass(Duration.ofSeconds(31));
    assertThat(bed.v4Ports.free()).isEqualTo(bed.v4Ports.size());
    assertThat(bed.engine().nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
  }
}
