package org.peerstead.relay.turn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.relay.turn.testbed.TestClient.errorCode;

import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.MalformedStunException;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunMessage;
import org.peerstead.relay.stun.StunMethod;
import org.peerstead.relay.stun.StunWriter;
import org.peerstead.relay.stun.TransactionId;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.quota.QuotaLimits;
import org.peerstead.relay.turn.testbed.TestClient;
import org.peerstead.relay.turn.testbed.Testbed;

class AllocateRequestsTest {
  private final Testbed bed = new Testbed();
  private final TestClient client = bed.client("45.20.0.1", 4_000);

  private static UnaryOperator<StunWriter> evenPort(boolean reserve) {
    return writer ->
        writer.bytes(StunAttribute.EVEN_PORT, new byte[] {(byte) (reserve ? 0x80 : 0)});
  }

  @Test
  void givesARelayedAddressToWhoShowsCredentials() throws MalformedStunException {
    StunMessage answer = client.allocate(writer -> writer);
    TransportAddress relayed = answer.xorAddress(StunAttribute.XOR_RELAYED_ADDRESS);
    assertThat(relayed.ip()).isEqualTo(Testbed.RELAY_V4);
    assertThat(relayed.port()).isBetween(Testbed.FIRST_PORT, Testbed.LAST_PORT);
    assertThat(answer.xorAddress(StunAttribute.XOR_MAPPED_ADDRESS)).isEqualTo(client.address);
    assertThat(answer.uint32(StunAttribute.LIFETIME, 0)).isEqualTo(600);
    assertThat(bed.shell().openSockets()).isOne();
    assertThat(bed.opened).hasSize(1);
    assertThat(bed.engine().counters().live(ClientTransport.UDP)).isOne();
  }

  @Test
  void opensNothingBeforeThat() {
    for (int i = 0; i < 1_000; i++) {
      TestClient stranger = bed.client("45.20.0.2", 5_000 + i);
      StunMessage answer =
          stranger.exchange(
              StunWriter.request(StunMethod.ALLOCATE, stranger.newTransaction())
                  .requestedTransport(17)
                  .toBytes());
      assertThat(errorCode(answer)).isEqualTo(401);
    }
    assertThat(bed.shell().openSockets()).isZero();
    assertThat(bed.engine().nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void answersARepeatedRequestAsBeforeAndAnotherWith437() {
    client.allocate(writer -> writer);
    client.refresh(0);
    TransactionId id = client.newTransaction();
    byte[] request =
        client.request(StunMethod.ALLOCATE, id, writer -> writer.requestedTransport(17));
    client.send(request);
    client.send(request);
    List<byte[]> answers = client.received();
    assertThat(answers).hasSize(2);
    assertThat(answers.get(1)).isEqualTo(answers.get(0));
    assertThat(bed.shell().openSockets()).isOne();
    assertThat(errorCode(client.allocate(writer -> writer))).isEqualTo(437);
    bed.pass(Duration.ofSeconds(41));
    assertThat(errorCode(client.exchange(request))).isEqualTo(437);
  }

  @Test
  void clampsLifetimes() throws MalformedStunException {
    for (long[] asked : new long[][] {{1, 600}, {601, 601}, {3_600, 3_600}, {1L << 31, 3_600}}) {
      StunMessage answer =
          client.allocate(writer -> writer.uint32(StunAttribute.LIFETIME, asked[0]));
      assertThat(answer.uint32(StunAttribute.LIFETIME, 0)).isEqualTo(asked[1]);
      client.refresh(0);
    }
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThat(errorCode(client.ask(StunMethod.ALLOCATE, writer -> writer))).isEqualTo(400);
    client.allocate();
    client.refresh(0);
    assertThat(errorCode(client.ask(StunMethod.ALLOCATE, writer -> writer))).isEqualTo(400);
    assertThat(errorCode(client.ask(StunMethod.ALLOCATE, writer -> writer.requestedTransport(99))))
        .isEqualTo(442);
    assertThat(errorCode(client.ask(StunMethod.ALLOCATE, writer -> writer.requestedTransport(6))))
        .isEqualTo(442);
    assertThat(
            errorCode(
                client.allocate(writer ->
                    writer
                        .addressFamily(StunAttribute.REQUESTED_ADDRESS_FAMILY, IpFamily.V4)
                        .addressFamily(StunAttribute.ADDITIONAL_ADDRESS_FAMILY, IpFamily.V6))))
        .isEqualTo(400);
    assertThat(
            errorCode(
                client.allocate(writer ->
                    writer.addressFamily(StunAttribute.ADDITIONAL_ADDRESS_FAMILY, IpFamily.V4))))
        .isEqualTo(400);
    assertThat(
            errorCode(
                client.allocate(writer ->
                    writer.bytes(StunAttribute.REQUESTED_ADDRESS_FAMILY, new byte[] {7, 0, 0, 0}))))
        .isEqualTo(440);
    assertThat(
            errorCode(
                client.allocate(
                    writer -> writer.bytes(StunAttribute.RESERVATION_TOKEN, new byte[8]))))
        .isEqualTo(508);
    assertThat(
            errorCode(
                client.allocate(writer ->
                    evenPort(true)
                        .apply(writer.bytes(StunAttribute.RESERVATION_TOKEN, new byte[8])))))
        .isEqualTo(400);
    assertThat(
            errorCode(
                client.allocate(
                    writer -> writer.bytes(StunAttribute.MOBILITY_TICKET, new byte[0]))))
        .isEqualTo(405);
    assertThat(errorCode(client.allocate(writer -> writer.bytes(0x7abc, new byte[0]))))
        .isEqualTo(420);
    assertThat(bed.shell().openSockets()).isZero();
  }

  @Test
  void givesBothFamiliesAtOnce() throws MalformedStunException {
    StunMessage answer =
        client.allocate(
            writer -> writer.addressFamily(StunAttribute.ADDITIONAL_ADDRESS_FAMILY, IpFamily.V6));
    assertThat(answer.xorAddresses(StunAttribute.XOR_RELAYED_ADDRESS))
        .extracting(address -> address.ip())
        .containsExactly(Testbed.RELAY_V4, Testbed.RELAY_V6);
    assertThat(bed.shell().openSockets()).isEqualTo(2);
    client.refresh(0);
    assertThat(bed.shell().openSockets()).isZero();
  }

  @Test
  void saysWhichFamilyItCouldNotGive() throws MalformedStunException {
    Testbed.Settings settings = new Testbed.Settings();
    settings.v6 = null;
    TestClient dual = new Testbed(settings).client("45.20.0.1", 1);
    StunMessage answer =
        dual.allocate(
            writer -> writer.addressFamily(StunAttribute.ADDITIONAL_ADDRESS_FAMILY, IpFamily.V6));
    assertThat(answer.xorAddresses(StunAttribute.XOR_RELAYED_ADDRESS)).hasSize(1);
    assertThat(answer.bytes(StunAttribute.ADDRESS_ERROR_CODE)).startsWith(2, 0, 4, 40);
    TestClient v6Only = new Testbed(settings).client("45.20.0.1", 2);
    assertThat(
            errorCode(
                v6Only.allocate(writer ->
                    writer.addressFamily(StunAttribute.REQUESTED_ADDRESS_FAMILY, IpFamily.V6))))
        .isEqualTo(440);
  }

  @Test
  void keepsTheNextPortForTheClientAndNobodyElse() throws MalformedStunException {
    StunMessage answer = client.allocate(evenPort(true));
    int port = answer.xorAddress(StunAttribute.XOR_RELAYED_ADDRESS).port();
    byte[] token = answer.bytes(StunAttribute.RESERVATION_TOKEN);
    assertThat(port % 2).isZero();
    assertThat(token).hasSize(8);
    TestClient thief = bed.client("45.20.0.9", 1).as("mallory");
    assertThat(
            errorCode(
                thief.allocate(writer -> writer.bytes(StunAttribute.RESERVATION_TOKEN, token))))
        .isEqualTo(508);
    TestClient second = bed.client("45.20.0.1", 4_001);
    StunMessage next =
        second.allocate(writer -> writer.bytes(StunAttribute.RESERVATION_TOKEN, token));
    assertThat(next.xorAddress(StunAttribute.XOR_RELAYED_ADDRESS).port()).isEqualTo(port + 1);
    TestClient third = bed.client("45.20.0.1", 4_002);
    assertThat(
            errorCode(
                third.allocate(writer -> writer.bytes(StunAttribute.RESERVATION_TOKEN, token))))
        .isEqualTo(508);
  }

  @Test
  void givesAReservedPortBackAfterAWhile() {
    int free = bed.v4Ports.free();
    client.allocate(evenPort(true));
    assertThat(bed.v4Ports.free()).isEqualTo(free - 2);
    bed.pass(Duration.ofSeconds(620));
    assertThat(bed.reasons).containsExactly(EndReason.EXPIRED);
    TestClient other = bed.client("45.20.0.1", 4_003);
    other.allocate();
    other.refresh(0);
    bed.pass(Duration.ofSeconds(60));
    assertThat(bed.v4Ports.free()).isEqualTo(free);
  }

  @Test
  void triesOtherPortsWhenAnotherProgramHasOne() {
    for (int port = Testbed.FIRST_PORT; port <= Testbed.LAST_PORT; port += 2) {
      bed.shell().take(IpFamily.V4, port);
    }
    assertThat(client.allocate().port() % 2).isOne();
    bed.shell().setOutOfDescriptors(true);
    int free = bed.v4Ports.free();
    TestClient other = bed.client("45.20.0.3", 1);
    assertThat(errorCode(other.allocate(writer -> writer))).isEqualTo(508);
    bed.pass(Duration.ofSeconds(30));
    assertThat(bed.v4Ports.free()).isGreaterThanOrEqualTo(free);
  }

  @Test
  void keepsToQuotas() {
    Testbed.Settings settings = new Testbed.Settings();
    settings.quotas = new QuotaLimits(2, 0, 0, 0, 0);
    Testbed small = new Testbed(settings);
    small.client("45.20.0.1", 1).allocate();
    TestClient second = small.client("45.20.0.2", 1);
    second.allocate();
    TestClient third = small.client("45.20.0.3", 1);
    assertThat(errorCode(third.allocate(writer -> writer))).isEqualTo(486);
    assertThat(small.engine().counters().get(RelayCounters.Count.QUOTA_USER)).isOne();
    second.refresh(0);
    third.allocate();
  }

  @Test
  void sendsNewClientsAwayWhileDraining() throws MalformedStunException {
    client.allocate();
    bed.context.drain(null);
    TestClient late = bed.client("45.20.0.3", 1);
    assertThat(errorCode(late.allocate(writer -> writer))).isEqualTo(508);
    TransportAddress other = new TransportAddress(IpAddress.parse("45.10.0.2"), 3_478);
    bed.context.drain(other);
    StunMessage answer = late.allocate(writer -> writer);
    assertThat(errorCode(answer)).isEqualTo(300);
    assertThat(answer.address(StunAttribute.ALTERNATE_SERVER)).isEqualTo(other);
    assertThat(errorCode(client.refresh(600))).isZero();
  }

  @Test
  void knowsAClientByItsUserToo() {
    client.allocate();
    client.as("bob");
    assertThat(errorCode(client.refresh(600))).isEqualTo(441);
    assertThat(bed.shell().openSockets()).isOne();
  }
}
