package org.peerstead.simulation.network;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class NatTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Place HERE = new Place(0, 0, 1);
  private static final byte[] PACKET = {1};
  private static final int NAT = 100;
  private static final int INNER = 1_000;

  private final UdpNetwork network = new UdpNetwork(LinkFaults.NONE, 1);
  private final Recorder inner = new Recorder();
  private final Recorder known = new Recorder();
  private final Recorder stranger = new Recorder();
  private final NetworkHost knownHost = network.addHost(1, HERE, known);
  private final NetworkHost strangerHost = network.addHost(2, HERE, stranger);

  /** Sends from inner port 7 to port 70 of the known host; gives the public port it left from. */
  private int open(NetworkHost host) {
    host.send(7, 1, 70, PACKET);
    network.runFor(SECOND);
    assertThat(known.last().fromHost()).isEqualTo(NAT);
    return known.last().fromPort();
  }

  private boolean reaches(NetworkHost from, int fromPort, int publicPort) {
    int before = inner.received.size();
    from.send(fromPort, NAT, publicPort, PACKET);
    network.runFor(SECOND);
    boolean arrived = inner.received.size() > before;
    if (arrived) {
      assertThat(inner.last().localPort()).isEqualTo(7);
      assertThat(inner.last().fromHost()).isEqualTo(from.address());
      assertThat(inner.last().fromPort()).isEqualTo(fromPort);
    }
    return arrived;
  }

  @ParameterizedTest
  @EnumSource
  void inbound_shouldAdmitWhomTheKindAdmits(NatKind kind) {
    NetworkHost host =
        network.addHostBehind(network.addNat(NAT, HERE, NatConfig.of(kind)), INNER, inner);
    int port = open(host);
    assertThat(reaches(knownHost, 70, port)).isTrue();
    assertThat(reaches(knownHost, 71, port))
        .isEqualTo(kind == NatKind.FULL_CONE || kind == NatKind.RESTRICTED);
    assertThat(reaches(strangerHost, 70, port)).isEqualTo(kind == NatKind.FULL_CONE);
    assertThat(reaches(strangerHost, 70, port + 1)).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void outbound_shouldUseAnotherPortForEachDestinationWhenSymmetric(NatKind kind) {
    NetworkHost host =
        network.addHostBehind(network.addNat(NAT, HERE, NatConfig.of(kind)), INNER, inner);
    int first = open(host);
    host.send(7, 2, 70, PACKET);
    network.runFor(SECOND);
    int second = stranger.last().fromPort();
    assertThat(second == first).isEqualTo(kind != NatKind.SYMMETRIC);
    assertThat(first == 7).isEqualTo(kind != NatKind.SYMMETRIC);
    assertThat(open(host)).isEqualTo(first);
  }

  @ParameterizedTest
  @EnumSource
  void binding_shouldExpireUnlessRenewedFromInside(NatKind kind) {
    NatConfig config = new NatConfig(kind, 30 * SECOND, false, false);
    NetworkHost host = network.addHostBehind(network.addNat(NAT, HERE, config), INNER, inner);
    int port = open(host);
    network.runFor(20 * SECOND);
    assertThat(open(host)).isEqualTo(port);
    network.runFor(20 * SECOND);
    assertThat(reaches(knownHost, 70, port)).isTrue();
    network.runFor(20 * SECOND);
    assertThat(reaches(knownHost, 70, port)).isFalse();
    assertThat(open(host)).isNotEqualTo(port);
  }

  @Test
  void hairpin_shouldReachNeighboursOnlyWhenOn() {
    for (boolean hairpin : new boolean[] {true, false}) {
      UdpNetwork other = new UdpNetwork(LinkFaults.NONE, 1);
      NatConfig config = new NatConfig(NatKind.FULL_CONE, SECOND * 60, hairpin, true);
      Nat nat = other.addNat(NAT, HERE, config);
      Recorder first = new Recorder();
      Recorder second = new Recorder();
      NetworkHost a = other.addHostBehind(nat, 1_001, first);
      NetworkHost b = other.addHostBehind(nat, 1_002, second);
      b.send(9, 55, 55, PACKET);
      a.send(7, NAT, 9, PACKET);
      other.runFor(SECOND);
      assertThat(second.received).hasSize(hairpin ? 1 : 0);
      if (hairpin) {
        assertThat(second.last().fromHost()).isEqualTo(NAT);
      }
      a.send(7, 1_002, 9, PACKET);
      other.runFor(SECOND);
      assertThat(second.last().fromHost()).isEqualTo(1_001);
    }
  }

  @Test
  void outbound_shouldGiveNeighboursDifferentPorts() {
    Nat nat = network.addNat(NAT, HERE, NatConfig.of(NatKind.PORT_RESTRICTED));
    NetworkHost a = network.addHostBehind(nat, 1_001, inner);
    NetworkHost b = network.addHostBehind(nat, 1_002, new Recorder());
    int first = open(a);
    assertThat(open(b)).isNotEqualTo(first);
    assertThat(reaches(knownHost, 70, first)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void forward_shouldAdmitEverybodyForEver(NatKind kind) {
    Nat nat = network.addNat(NAT, HERE, NatConfig.of(kind));
    NetworkHost host = network.addHostBehind(nat, INNER, inner);
    nat.forward(7, host);
    network.runFor(1_000 * SECOND);
    assertThat(reaches(strangerHost, 70, 7)).isTrue();
    assertThat(open(host)).isEqualTo(7);
  }

  @Test
  void symmetric_shouldNotKeepExpiredBindings() {
    Nat nat = network.addNat(NAT, HERE, NatConfig.of(NatKind.SYMMETRIC));
    NetworkHost host = network.addHostBehind(nat, INNER, inner);
    for (int i = 0; i < 100_000; i++) {
      host.send(7, 3, 1 + i % 65_000, PACKET);
      network.runFor(SECOND);
    }
    assertThat(nat.bindings()).isLessThan(500);
  }
}
