package org.peerstead.relay.turn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.relay.turn.testbed.TestClient.errorCode;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.relay.auth.Credentials;
import org.peerstead.relay.auth.PasswordAlgorithm;
import org.peerstead.relay.auth.UserKey;
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
import org.peerstead.relay.turn.testbed.TestUsers;
import org.peerstead.relay.turn.testbed.Testbed;

/** Tries what has been done to other relays, from the outside. */
class AttacksTest {
  private final Testbed bed = new Testbed();
  private final TestClient client = bed.client("45.20.0.1", 4_000);

  // ------------------------------------------------------------------------------ into the network

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.1.2.3",
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:0.0.0.0",
        "::ffff:169.254.169.254",
        "::ffff:8.8.8.8",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "2001:0:1:2:3:4:80ff:fffe",
        "2a0b::5efe:127.0.0.1",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "100::1"
      })
  void reachesNoAddressThatIsNotPublic(String address) {
    client.allocate(
        writer -> writer.addressFamily(StunAttribute.ADDITIONAL_ADDRESS_FAMILY, IpFamily.V6));
    TransportAddress peer = new TransportAddress(IpAddress.parse(address), 80);
    assertThat(errorCode(client.permit(peer))).isIn(403, 443);
    assertThat(errorCode(client.bind(0x4000, peer))).isIn(403, 443);
    client.sendIndication(peer, new byte[8]);
    client.sendChannelData(0x4000, new byte[8]);
    assertThat(bed.shell().toPeers).isEmpty();
  }

  @Test
  void learnsNothingFromHowItIsRefused() {
    client.allocate();
    Set<ByteBuffer> refusals = new HashSet<>();
    for (String address : List.of("127.0.0.1", "10.0.0.1", "169.254.169.254", "224.0.0.1")) {
      TransportAddress peer = new TransportAddress(IpAddress.parse(address), 80);
      client.permit(peer);
      TransactionId id = new TransactionId(1, 1);
      byte[] request =
          client.request(
              StunMethod.CREATE_PERMISSION,
              id,
              writer -> writer.xorAddress(StunAttribute.XOR_PEER_ADDRESS, peer));
      client.send(request);
      refusals.add(ByteBuffer.wrap(client.received().getFirst()));
    }
    assertThat(refusals).hasSize(1);
  }

  // ---------------------------------------------------------------------------- forged and changed

  /** Appends an attribute to a signed message, as somebody on the path can. */
  private static byte[] append(byte[] message, int type, byte[] value) {
    byte[] longer = Arrays.copyOf(message, message.length + 4 + value.length);
    ByteBuffer buffer = ByteBuffer.wrap(longer);
    buffer.position(message.length);
    buffer.putShort((short) type).putShort((short) value.length).put(value);
    buffer.putShort(2, (short) (longer.length - 20));
    return longer;
  }

  @Test
  void whatIsAppendedToASignedRequestDoesNotCount() throws MalformedStunException {
    TransportAddress relayed = client.allocate();
    byte[] refresh =
        client.request(
            StunMethod.REFRESH,
            client.newTransaction(),
            writer -> writer.uint32(StunAttribute.LIFETIME, 700));
    StunMessage answer =
        client.exchange(append(refresh, StunAttribute.LIFETIME, new byte[] {0, 0, 0, 0}));
    assertThat(answer.uint32(StunAttribute.LIFETIME, 0)).isEqualTo(700);

    TransportAddress peer = new TransportAddress(IpAddress.parse("45.30.0.1"), 7_000);
    TransportAddress smuggled = new TransportAddress(IpAddress.parse("45.30.0.66"), 7_000);
    TransactionId id = client.newTransaction();
    byte[] permit =
        client.request(
            StunMethod.CREATE_PERMISSION,
            id,
            writer -> writer.xorAddress(StunAttribute.XOR_PEER_ADDRESS, peer));
    byte[] xored =
        StunMessage.parse(
                StunWriter.request(StunMethod.CREATE_PERMISSION, id)
                    .xorAddress(StunAttribute.XOR_PEER_ADDRESS, smuggled)
                    .toBytes())
            .bytes(StunAttribute.XOR_PEER_ADDRESS);
    client.exchange(append(permit, StunAttribute.XOR_PEER_ADDRESS, Objects.requireNonNull(xored)));
    bed.receiveFromPeer(0, relayed.port(), smuggled, new byte[1]);
    assertThat(client.received()).isEmpty();
    bed.receiveFromPeer(0, relayed.port(), peer, new byte[1]);
    assertThat(client.received()).hasSize(1);
  }

  @Test
  void aNonceIsWorthNothingElsewhere() {
    client.allocate();
    byte[] request =
        client.request(
            StunMethod.ALLOCATE, client.newTransaction(), writer -> writer.requestedTransport(17));
    TestClient elsewhere = bed.client("45.20.0.9", 4_000);
    assertThat(errorCode(elsewhere.exchange(request))).isEqualTo(438);
    assertThat(bed.shell().openSockets()).isOne();
  }

  // ----------------------------------------------------------------------------------- exhaustion

  /**
   * Whatever is asked without credentials, over UDP nobody gets more than three times the bytes.
   */
  @Test
  void amplifiesNothing() {
    for (int method :
        new int[] {
          StunMethod.BINDING,
          StunMethod.ALLOCATE,
          StunMethod.REFRESH,
          StunMethod.CREATE_PERMISSION,
          StunMethod.CHANNEL_BIND,
          StunMethod.CONNECT,
          StunMethod.CONNECTION_BIND
        }) {
      for (boolean isMarked : new boolean[] {false, true}) {
        for (boolean hasTransport : new boolean[] {false, true}) {
          StunWriter request = StunWriter.request(method, client.newTransaction());
          if (hasTransport) {
            request.requestedTransport(17);
          }
          if (isMarked) {
            request.fingerprint();
          }
          byte[] bytes = request.toBytes();
          client.send(bytes);
          for (byte[] answer : client.received()) {
            assertThat(answer.length)
                .as("method %d, %d bytes", method, bytes.length)
                .isLessThanOrEqualTo(3 * bytes.length);
          }
        }
      }
    }
  }

  /** A flood of forged Allocates, signed and not, from 20,000 sources. */
  @Test
  void aForgedFloodLeavesNothingBehind() {
    client.allocate();
    byte[] signed =
        client.request(
            StunMethod.ALLOCATE, client.newTransaction(), writer -> writer.requestedTransport(17));
    byte[] plain =
        StunWriter.request(StunMethod.ALLOCATE, client.newTransaction())
            .requestedTransport(17)
            .toBytes();
    client.refresh(0);
    for (int i = 0; i < 20_000; i++) {
      TransportAddress source =
          new TransportAddress(IpAddress.v4(0x2e00_0000 + i), 1_024 + i % 60_000);
      bed.receive(0, 0, source, i % 2 == 0 ? plain : signed);
      bed.shell().toClients.clear();
    }
    assertThat(bed.shell().openSockets()).isZero();
    assertThat(bed.engine().sessions(bed.nowNanos)).isEmpty();
    assertThat(bed.quotas.users()).isZero();
    assertThat(bed.quotas.sources()).isZero();
    assertThat(bed.v4Ports.free()).isEqualTo(bed.v4Ports.size());
    assertThat(bed.engine().nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void permissionsAndChannelsOfOneAllocationAreBounded() {
    client.allocate();
    for (int i = 0; i < 300; i++) {
      TransportAddress peer = new TransportAddress(IpAddress.v4(0x2d1e_0000 + i), 7_000);
      assertThat(errorCode(client.permit(peer))).isEqualTo(i < 256 ? 0 : 508);
    }
    for (int i = 0; i < 300; i++) {
      TransportAddress peer = new TransportAddress(IpAddress.v4(0x2d1e_0000), 7_000 + i);
      assertThat(errorCode(client.bind(0x4000 + i, peer))).isEqualTo(i < 256 ? 0 : 508);
    }
  }

  @Test
  void newNamesForOneUserDoNotMakeMoreRoom() {
    Credentials users = new TestUsers();
    Testbed.Settings settings = new Testbed.Settings();
    settings.quotas = new QuotaLimits(2, 0, 0, 0, 0);
    settings.credentials =
        new Credentials() {
          @Override
          public UserKey find(
              String username, String realm, PasswordAlgorithm algorithm, long nowEpochSecond) {
            UserKey key =
                Objects.requireNonNull(users.find(username, realm, algorithm, nowEpochSecond));
            return new UserKey(username, "ann", key.key(), key.expiresAtEpochSecond());
          }

          @Override
          public UserKey findByHash(
              byte[] userHash, String realm, PasswordAlgorithm algorithm, long nowEpochSecond) {
            throw new AssertionError("nobody asks by hash here");
          }
        };
    Testbed shared = new Testbed(settings);
    for (int i = 0; i < 5; i++) {
      TestClient one = shared.client("45.20.0." + (i + 1), 4_000).as(1_800_000_000 + i + ":ann");
      assertThat(errorCode(one.allocate(writer -> writer))).isEqualTo(i < 2 ? 0 : 486);
    }
  }
}
