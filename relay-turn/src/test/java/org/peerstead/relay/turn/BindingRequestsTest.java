package org.peerstead.relay.turn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.relay.turn.testbed.TestClient.errorCode;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.MalformedStunException;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunMessage;
import org.peerstead.relay.stun.StunMethod;
import org.peerstead.relay.stun.StunWriter;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.testbed.MemoryShell;
import org.peerstead.relay.turn.testbed.TestClient;
import org.peerstead.relay.turn.testbed.Testbed;

class BindingRequestsTest {
  private static final TransportAddress PRIMARY = Testbed.SERVER;
  private static final TransportAddress ALTERNATE =
      new TransportAddress(IpAddress.parse("45.10.0.2"), 3_479);

  private static byte[] binding(TestClient client) {
    return StunWriter.request(StunMethod.BINDING, client.newTransaction()).toBytes();
  }

  private static Testbed withTwoAddresses() {
    Testbed.Settings settings = new Testbed.Settings();
    settings.discovery = new TurnConfig.Discovery(PRIMARY, ALTERNATE);
    settings.listeners =
        List.of(
            PRIMARY,
            new TransportAddress(PRIMARY.ip(), ALTERNATE.port()),
            new TransportAddress(ALTERNATE.ip(), PRIMARY.port()),
            ALTERNATE);
    return new Testbed(settings);
  }

  @Test
  void tellsAClientItsAddressInFewBytes() throws MalformedStunException {
    TestClient client = new Testbed().client("45.20.0.1", 4_000);
    byte[] request = binding(client);
    client.send(request);
    byte[] answer = client.received().getFirst();
    assertThat(answer.length).isLessThanOrEqualTo(2 * request.length);
    assertThat(TestClient.parse(answer).xorAddress(StunAttribute.XOR_MAPPED_ADDRESS))
        .isEqualTo(client.address);
  }

  @Test
  void answersFromTheOtherAddressesOnRequest() throws MalformedStunException {
    Testbed bed = withTwoAddresses();
    int[] expected = {0, 1, 2, 3};
    byte[] flags = {0, 2, 4, 6};
    for (int i = 0; i < flags.length; i++) {
      TestClient client = bed.client("45.20.0.1", 4_000 + i);
      byte flag = flags[i];
      client.send(
          StunWriter.request(StunMethod.BINDING, client.newTransaction())
              .bytes(StunAttribute.CHANGE_REQUEST, new byte[] {0, 0, 0, flag})
              .toBytes());
      MemoryShell.ToClient sent = bed.shell().toClients.remove();
      assertThat(sent.listener()).isEqualTo(expected[i]);
      StunMessage answer = TestClient.parse(sent.bytes());
      assertThat(answer.address(StunAttribute.OTHER_ADDRESS)).isEqualTo(ALTERNATE);
      assertThat(answer.address(StunAttribute.RESPONSE_ORIGIN))
          .isEqualTo(
              new TransportAddress(
                  (flag & 4) != 0 ? ALTERNATE.ip() : PRIMARY.ip(),
                  (flag & 2) != 0 ? ALTERNATE.port() : PRIMARY.port()));
    }
  }

  @Test
  void refusesThatWithOneAddress() {
    TestClient client = new Testbed().client("45.20.0.1", 4_000);
    StunMessage answer =
        client.exchange(
            StunWriter.request(StunMethod.BINDING, client.newTransaction())
                .bytes(StunAttribute.CHANGE_REQUEST, new byte[4])
                .toBytes());
    assertThat(errorCode(answer)).isEqualTo(420);
    assertThat(answer.bytes(StunAttribute.UNKNOWN_ATTRIBUTES)).startsWith(0, 3);
  }

  @Test
  void limitsWhatASourceGetsWithoutCredentials() {
    Testbed.Settings settings = new Testbed.Settings();
    settings.strangersPerSecond = 10;
    settings.strangersBurst = 20;
    Testbed bed = new Testbed(settings);
    TestClient client = bed.client("45.20.0.1", 4_000);
    for (int i = 0; i < 1_000; i++) {
      client.send(binding(client));
    }
    assertThat(client.received().size()).isBetween(1, 40);
    assertThat(bed.engine().counters().drops(DropReason.RATE_LIMITED)).isGreaterThan(900);
    TestClient other = bed.client("46.20.0.1", 4_000);
    other.send(binding(other));
    assertThat(other.received()).hasSize(1);
  }
}
