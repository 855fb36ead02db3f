package org.peerstead.relay.turn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.relay.turn.testbed.TestClient.errorCode;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.MalformedStunException;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunClass;
import org.peerstead.relay.stun.StunMessage;
import org.peerstead.relay.stun.StunMethod;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.policy.AddressRange;
import org.peerstead.relay.turn.testbed.MemoryShell;
import org.peerstead.relay.turn.testbed.TestClient;
import org.peerstead.relay.turn.testbed.Testbed;

class DataPathTest {
  private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

  private final Testbed bed = new Testbed();
  private final TestClient client = bed.client("45.20.0.1", 4_000);
  private final TransportAddress peer = new TransportAddress(IpAddress.parse("45.30.0.1"), 7_000);

  @Test
  void relaysIndicationsBothWaysOncePermitted() throws MalformedStunException {
    TransportAddress relayed = client.allocate();
    client.sendIndication(peer, HELLO);
    bed.receiveFromPeer(0, relayed.port(), peer, HELLO);
    assertThat(bed.shell().toPeers).isEmpty();
    assertThat(client.received()).isEmpty();

    assertThat(errorCode(client.permit(peer))).isZero();
    client.sendIndication(peer, HELLO);
    MemoryShell.ToPeer sent = bed.shell().toPeers.remove();
    assertThat(sent.peer()).isEqualTo(peer);
    assertThat(sent.fromPort()).isEqualTo(relayed.port());
    assertThat(sent.bytes()).isEqualTo(HELLO);

    // Permissions have no port.
    TransportAddress sameHost = new TransportAddress(peer.ip(), 9);
    bed.receiveFromPeer(0, relayed.port(), sameHost, HELLO);
    StunMessage data = TestClient.parse(client.received().getFirst());
    assertThat(data.method()).isEqualTo(StunMethod.DATA);
    assertThat(data.messageClass()).isEqualTo(StunClass.INDICATION);
    assertThat(data.xorAddress(StunAttribute.XOR_PEER_ADDRESS)).isEqualTo(sameHost);
    assertThat(data.bytes(StunAttribute.DATA)).isEqualTo(HELLO);
  }

  @Test
  void relaysChannelsBothWaysUntilThePermissionRunsOut() {
    TransportAddress relayed = client.allocate();
    client.refresh(3_600);
    assertThat(errorCode(client.bind(0x4001, peer))).isZero();
    client.sendChannelData(0x4001, HELLO);
    assertThat(bed.shell().toPeers.remove().bytes()).isEqualTo(HELLO);
    bed.receiveFromPeer(0, relayed.port(), peer, HELLO);
    assertThat(client.received().getFirst())
        .isEqualTo(new byte[] {0x40, 1, 0, 5, 'h', 'e', 'l', 'l', 'o'});

    bed.pass(Duration.ofSeconds(301));
    client.sendChannelData(0x4001, HELLO);
    bed.receiveFromPeer(0, relayed.port(), peer, HELLO);
    assertThat(bed.shell().toPeers).isEmpty();
    assertThat(client.received()).isEmpty();

    assertThat(errorCode(client.permit(peer))).isZero();
    client.sendChannelData(0x4001, HELLO);
    assertThat(bed.shell().toPeers.remove().bytes()).isEqualTo(HELLO);

    bed.pass(Duration.ofSeconds(299));
    assertThat(errorCode(client.permit(peer))).isZero();
    client.sendChannelData(0x4001, HELLO);
    assertThat(bed.shell().toPeers).isEmpty();
  }

  @Test
  void bindsNumbersAndPeersOneToOne() {
    client.allocate();
    TransportAddress other = new TransportAddress(IpAddress.parse("45.30.0.2"), 7_000);
    assertThat(errorCode(client.bind(0x3fff, peer))).isEqualTo(400);
    assertThat(errorCode(client.bind(0x5000, peer))).isEqualTo(400);
    assertThat(errorCode(client.bind(0x4000, peer))).isZero();
    assertThat(errorCode(client.bind(0x4000, other))).isEqualTo(400);
    assertThat(errorCode(client.bind(0x4fff, peer))).isEqualTo(400);
    assertThat(errorCode(client.bind(0x4000, peer))).isZero();
    bed.pass(Duration.ofSeconds(500));
    client.refresh(3_600);
    bed.pass(Duration.ofSeconds(101));
    assertThat(errorCode(client.bind(0x4000, other))).isZero();
    assertThat(errorCode(client.bind(0x4fff, peer))).isZero();
  }

  @Test
  void letsClientsOfTheOldStandardUseItsNumbers() {
    client.allocate();
    client.hasFingerprints = true;
    assertThat(errorCode(client.bind(0x7fff, peer))).isEqualTo(400);
    assertThat(errorCode(client.bind(0x7ffe, peer))).isZero();
    client.sendChannelData(0x7ffe, HELLO);
    assertThat(bed.shell().toPeers.remove().bytes()).isEqualTo(HELLO);
  }

  @Test
  void relaysEmptyDatagramsAndIgnoresWhatFollowsChannelData() {
    TransportAddress relayed = client.allocate();
    client.bind(0x4000, peer);
    client.sendChannelData(0x4000, new byte[0]);
    assertThat(bed.shell().toPeers.remove().bytes()).isEmpty();
    client.send(new byte[] {0x40, 0, 0, 1, 9, 8, 7});
    assertThat(bed.shell().toPeers.remove().bytes()).isEqualTo(new byte[] {9});
    client.send(new byte[] {0x40, 0, 0, 4, 9, 8, 7});
    assertThat(bed.shell().toPeers).isEmpty();
    bed.receiveFromPeer(0, relayed.port(), peer, new byte[0]);
    assertThat(client.received().getFirst()).isEqualTo(new byte[] {0x40, 0, 0, 0});
  }

  @Test
  void keepsFamiliesApart() {
    client.allocate();
    TransportAddress v6 = new TransportAddress(IpAddress.parse("2a0b::1"), 1);
    assertThat(errorCode(client.permit(v6))).isEqualTo(443);
    assertThat(errorCode(client.bind(0x4000, v6))).isEqualTo(443);
    client.sendIndication(v6, HELLO);
    assertThat(bed.shell().toPeers).isEmpty();
    assertThat(bed.engine().counters().drops(DropReason.FAMILY_MISMATCH)).isOne();
  }

  @Test
  void installsAllPermissionsOrNone() {
    TransportAddress relayed = client.allocate();
    TransportAddress forbidden = new TransportAddress(IpAddress.parse("127.0.0.1"), 1);
    assertThat(errorCode(client.permit(peer, forbidden))).isEqualTo(403);
    bed.receiveFromPeer(0, relayed.port(), peer, HELLO);
    assertThat(client.received()).isEmpty();
    assertThat(errorCode(client.permit())).isEqualTo(400);
  }

  @Test
  void takesPermissionsBackWhenThePolicyChanges() {
    TransportAddress relayed = client.allocate();
    client.bind(0x4000, peer);
    bed.context.setPolicy(bed.policy(List.of(), List.of(AddressRange.parse("45.30.0.0/16"))));
    bed.engine().recheckPolicy();
    client.sendChannelData(0x4000, HELLO);
    client.sendIndication(peer, HELLO);
    bed.receiveFromPeer(0, relayed.port(), peer, HELLO);
    assertThat(bed.shell().toPeers).isEmpty();
    assertThat(client.received()).isEmpty();
    assertThat(errorCode(client.permit(peer))).isEqualTo(403);
  }

  @Test
  void relaysBetweenItsOwnAllocationsBehindOneToOneNat() throws MalformedStunException {
    Testbed.Settings settings = new Testbed.Settings();
    settings.v4 = new RelayedHost(IpAddress.parse("10.1.1.1"), Testbed.RELAY_V4);
    Testbed nat = new Testbed(settings);
    TestClient one = nat.client("45.20.0.1", 1);
    TestClient two = nat.client("45.20.0.2", 1);
    TransportAddress first = one.allocate();
    TransportAddress second = two.allocate();
    assertThat(first.ip()).isEqualTo(Testbed.RELAY_V4);
    assertThat(errorCode(one.permit(second))).isZero();
    assertThat(errorCode(two.bind(0x4000, first))).isZero();
    one.sendIndication(second, HELLO);
    MemoryShell.ToPeer sent = nat.shell().toPeers.remove();
    assertThat(sent.peer())
        .isEqualTo(new TransportAddress(IpAddress.parse("10.1.1.1"), second.port()));
    nat.receiveFromPeer(
        0,
        second.port(),
        new TransportAddress(IpAddress.parse("10.1.1.1"), first.port()),
        sent.bytes());
    assertThat(two.received().getFirst())
        .isEqualTo(new byte[] {0x40, 0, 0, 5, 'h', 'e', 'l', 'l', 'o'});
  }

  @Test
  void reachesNothingElseOnItsOwnHost() {
    TransportAddress relayed = client.allocate();
    TransportAddress ssh = new TransportAddress(relayed.ip(), 22);
    assertThat(errorCode(client.permit(ssh))).isZero();
    assertThat(errorCode(client.bind(0x4000, ssh))).isEqualTo(403);
    assertThat(errorCode(client.bind(0x4000, Testbed.SERVER))).isEqualTo(403);
    client.sendIndication(ssh, HELLO);
    client.sendIndication(Testbed.SERVER, HELLO);
    assertThat(bed.shell().toPeers).isEmpty();
    assertThat(bed.engine().counters().drops(DropReason.PORT_FORBIDDEN)).isEqualTo(2);
  }

  @Test
  void tellsIcmpErrorsOfPermittedPeersOnly() throws MalformedStunException {
    TransportAddress relayed = client.allocate();
    MemoryShell.Socket socket = bed.shell().socket(relayed.ip().family(), relayed.port());
    socket.owner.unreachable(0, peer.ip().low(), 7_000, 3, 3, 0, bed.nowNanos);
    assertThat(client.received()).isEmpty();
    client.permit(peer);
    socket.owner.unreachable(0, peer.ip().low(), 7_000, 3, 4, 1_280, bed.nowNanos);
    StunMessage data = TestClient.parse(client.received().getFirst());
    assertThat(data.xorAddress(StunAttribute.XOR_PEER_ADDRESS)).isEqualTo(peer);
    assertThat(data.bytes(StunAttribute.ICMP)).isEqualTo(new byte[] {0, 0, 6, 4, 0, 0, 5, 0});
    assertThat(data.has(StunAttribute.DATA)).isFalse();
  }

  @Test
  void countsWhatItRelays() {
    TransportAddress relayed = client.allocate();
    client.bind(0x4000, peer);
    client.sendChannelData(0x4000, HELLO);
    bed.receiveFromPeer(0, relayed.port(), peer, HELLO);
    client.sendChannelData(0x4001, HELLO);
    SessionView view = bed.engine().sessions(bed.nowNanos).getFirst();
    assertThat(view.packetsUp()).isOne();
    assertThat(view.bytesUp()).isEqualTo(5);
    assertThat(view.packetsDown()).isOne();
    assertThat(view.drops()).isOne();
    assertThat(view.permissions()).isOne();
    assertThat(view.channels()).isOne();
  }
}
