package org.peerstead.simulation.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class UdpNetworkTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Place HERE = new Place(0, 0, 2);
  private static final Place THERE = new Place(30, 40, 3);
  private static final byte[] PACKET = {1, 2, 3};

  private final Recorder a = new Recorder();
  private final Recorder b = new Recorder();

  @Test
  void send_shouldArriveAfterDistanceAndBothAccesses() {
    UdpNetwork network = new UdpNetwork(LinkFaults.NONE, 1);
    NetworkHost first = network.addHost(1, HERE, a);
    NetworkHost second = network.addHost(2, THERE, b);
    first.send(10, 2, 20, PACKET);

    network.runUntil(55_000_000 - 1);
    assertThat(b.received).isEmpty();
    network.runUntil(55_000_000);
    assertThat(b.last()).isEqualTo(new Recorder.Received(20, 1, 10, PACKET, 55_000_000));
    assertThat(first.packetsSent()).isEqualTo(1);
    assertThat(first.bytesSent()).isEqualTo(3);
    assertThat(second.packetsReceived()).isEqualTo(1);
    assertThat(second.bytesReceived()).isEqualTo(3);
  }

  @Test
  void runUntil_shouldDriveProgramsAtTheirDeadlines() {
    UdpNetwork network = new UdpNetwork(LinkFaults.NONE, 1);
    a.deadlineNanos = 5;
    b.deadlineNanos = 3;
    NetworkHost first = network.addHost(1, HERE, a);
    network.addHost(2, HERE, b);
    network.schedule(
        4,
        () -> {
          a.deadlineNanos = 7;
          first.deadlineChanged();
        });
    network.runUntil(10);
    assertThat(b.driven).containsExactly(3L);
    assertThat(a.driven).containsExactly(7L);
  }

  @Test
  void runUntil_shouldRefuseProgramsThatAskForEver() {
    UdpNetwork network = new UdpNetwork(LinkFaults.NONE, 1);
    network.addHost(
        1,
        HERE,
        new NetworkProgram() {
          @Override
          public void receive(int port, int host, int from, byte[] datagram, long nowNanos) {}

          @Override
          public void advance(long nowNanos) {}

          @Override
          public long nextDeadlineNanos() {
            return 0;
          }
        });
    assertThatThrownBy(() -> network.runUntil(1)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void send_shouldLoseDuplicateAndReorderAsConfigured() {
    UdpNetwork network = new UdpNetwork(new LinkFaults(0.3, 0.2, 0.1, 0.1, 0, 0), 7);
    NetworkHost first = network.addHost(1, HERE, a);
    network.addHost(2, THERE, b);
    int count = 20_000;
    for (int i = 0; i < count; i++) {
      int number = i;
      network.schedule(i * 1_000_000L, () -> first.send(1, 2, 2, number(number)));
    }
    network.runUntil(count * SECOND);

    assertThat(network.lost()).isBetween((long) (0.19 * count), (long) (0.21 * count));
    assertThat(b.received.size()).isBetween((int) (0.86 * count), (int) (0.90 * count));
    int overtaken = 0;
    for (int i = 1; i < b.received.size(); i++) {
      assertThat(b.received.get(i).atNanos())
          .isGreaterThanOrEqualTo(b.received.get(i - 1).atNanos());
      if (value(b.received.get(i).datagram()) < value(b.received.get(i - 1).datagram())) {
        overtaken++;
      }
    }
    assertThat(overtaken).isGreaterThan(count / 20);
  }

  private static byte[] number(int value) {
    return new byte[] {(byte) (value >> 16), (byte) (value >> 8), (byte) value};
  }

  private static int value(byte[] bytes) {
    return (bytes[0] & 0xff) << 16 | (bytes[1] & 0xff) << 8 | bytes[2] & 0xff;
  }

  @Test
  void send_shouldLoseEverythingDuringAnOutageOfTheLine() {
    UdpNetwork network = new UdpNetwork(new LinkFaults(0, 0, 0, 0, 60_000, 5_000), 11);
    NetworkHost first = network.addHost(1, HERE, a);
    network.addHost(2, THERE, b);
    int seconds = 20_000;
    for (int i = 0; i < seconds; i++) {
      network.schedule(i * SECOND, () -> first.send(1, 2, 2, PACKET));
    }
    network.runUntil(seconds * SECOND);
    // Each of the two lines is away for 5 s out of 65 s.
    assertThat(network.lost() / (double) seconds).isBetween(0.11, 0.19);
    int gaps = 0;
    for (int i = 1; i < b.received.size(); i++) {
      if (b.received.get(i).atNanos() - b.received.get(i - 1).atNanos() > 3 * SECOND / 2) {
        gaps++;
      }
    }
    assertThat(gaps).isBetween(300, 700);
  }

  @Test
  void cut_shouldSeparateSidesUntilItHeals() {
    UdpNetwork network = new UdpNetwork(LinkFaults.NONE, 1);
    NetworkHost first = network.addHost(1, HERE, a);
    network.addHost(2, THERE, b).moveToSide(1);
    network.cut(true);
    first.send(1, 2, 2, PACKET);
    network.runFor(SECOND);
    assertThat(b.received).isEmpty();
    network.cut(false);
    first.send(1, 2, 2, PACKET);
    network.runFor(SECOND);
    assertThat(b.received).hasSize(1);
  }

  @Test
  void goDown_shouldNeitherSendNorReceiveNorDrive() {
    UdpNetwork network = new UdpNetwork(LinkFaults.NONE, 1);
    NetworkHost first = network.addHost(1, HERE, a);
    NetworkHost second = network.addHost(2, THERE, b);
    b.deadlineNanos = 10;
    second.deadlineChanged();
    second.goDown();
    first.send(1, 2, 2, PACKET);
    second.send(2, 1, 1, PACKET);
    network.runFor(SECOND);
    assertThat(b.received).isEmpty();
    assertThat(b.driven).isEmpty();
    assertThat(a.received).isEmpty();
    second.comeUp();
    network.runFor(1);
    assertThat(b.driven).containsExactly(SECOND);
  }

  @Test
  void remove_shouldFreeAddressAndNumber() {
    UdpNetwork network = new UdpNetwork(LinkFaults.NONE, 1);
    NetworkHost first = network.addHost(1, HERE, a);
    NetworkHost second = network.addHost(2, THERE, b);
    assertThatThrownBy(() -> network.addHost(2, HERE, b))
        .isInstanceOf(IllegalArgumentException.class);
    network.remove(second);
    first.send(1, 2, 2, PACKET);
    assertThat(network.undeliverable()).isEqualTo(1);
    Recorder successor = new Recorder();
    assertThat(network.addHost(2, THERE, successor).number).isEqualTo(second.number);
    first.send(1, 2, 2, PACKET);
    network.runFor(SECOND);
    assertThat(successor.received).hasSize(1);
    assertThat(b.received).isEmpty();
  }

  @Test
  void forge_shouldArriveFromTheClaimedSource() {
    UdpNetwork network = new UdpNetwork(LinkFaults.NONE, 1);
    NetworkHost first = network.addHost(1, HERE, a);
    network.addHost(2, THERE, b);
    network.forge(first, 99, 98, 2, 20, PACKET);
    network.runFor(SECOND);
    assertThat(b.last().fromHost()).isEqualTo(99);
    assertThat(b.last().fromPort()).isEqualTo(98);
  }

  @Test
  void sameSeed_shouldGiveTheSameRun() {
    assertThat(run(5)).isEqualTo(run(5)).isNotEqualTo(run(6));
  }

  private static List<Long> run(long seed) {
    UdpNetwork network = new UdpNetwork(new LinkFaults(0.2, 0.1, 0.05, 0.05, 20_000, 1_000), seed);
    SplittableRandom chance = new SplittableRandom(seed);
    List<Recorder> programs = new ArrayList<>();
    List<NetworkHost> hosts = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      Recorder program = new Recorder();
      Place place = Place.onEarth(chance, 5);
      NetworkHost host =
          i % 2 == 0
              ? network.addHost(i, place, program)
              : network.addHostBehind(
                  network.addNat(i, place, NatConfig.of(NatKind.values()[i % 4])), 1_000, program);
      program.answersFrom = i % 4 == 0 ? host : null;
      programs.add(program);
      hosts.add(host);
    }
    for (int i = 0; i < 5_000; i++) {
      NetworkHost from = hosts.get(chance.nextInt(50));
      int to = chance.nextInt(50);
      network.schedule(i * 10_000_000L, () -> from.send(7, to, 7, PACKET));
    }
    network.runUntil(60 * SECOND);
    List<Long> times = new ArrayList<>();
    programs.forEach(program -> program.received.forEach(each -> times.add(each.atNanos())));
    return times;
  }
}
