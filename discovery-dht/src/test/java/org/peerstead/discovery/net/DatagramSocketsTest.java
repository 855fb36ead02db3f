package org.peerstead.discovery.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.peerstead.discovery.rpc.core.SocketSide;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/** Both ways to the network keep the same promises. */
class DatagramSocketsTest {
  private static final int LOOPBACK = NodeAddress.parseHost("127.0.0.1");
  private static final long SECONDS_10 = TimeUnit.SECONDS.toNanos(10);

  private record Received(SocketSide side, NodeAddress from, byte[] datagram) {}

  private final List<AutoCloseable> opened = new ArrayList<>();
  private final List<Received> received = new ArrayList<>();

  static Stream<SocketKind> kinds() {
    return Stream.of(SocketKind.values())
        .filter(kind -> kind != SocketKind.LINUX_BATCHES || LinuxCalls.isAvailable());
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
  }

  private DatagramSockets open(SocketKind kind) throws IOException {
    return open(kind, PortRange.ANY, () -> {});
  }

  private DatagramSockets open(
      SocketKind kind, PortRange server, DatagramSockets.BeforeSending beforeSending)
      throws IOException {
    DatagramSockets sockets =
        DatagramSockets.open(kind, LOOPBACK, server, PortRange.ANY, beforeSending);
    opened.add(sockets);
    return sockets;
  }

  private NodeAddress address(DatagramSockets sockets, SocketSide side) {
    return new NodeAddress(LOOPBACK, sockets.localPort(side));
  }

  private void receiveUntil(DatagramSockets sockets, Supplier<Boolean> isEnough) {
    long end = System.nanoTime() + SECONDS_10;
    while (!isEnough.get() && System.nanoTime() < end) {
      sockets.await(end - System.nanoTime());
      for (SocketSide side : SocketSide.values()) {
        if (sockets.isReadable(side)) {
          int ignored =
              sockets.receive(
                  side, (at, from, datagram) -> received.add(new Received(at, from, datagram)));
        }
      }
    }
    assertThat(isEnough.get()).isTrue();
  }

  private static byte[] bytes(int length, int fill) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 31 + fill);
    }
    return bytes;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void send_shouldCarryAnyLengthBetweenAnySockets(SocketKind kind) throws IOException {
    DatagramSockets sender = open(kind);
    DatagramSockets receiver = open(kind);
    int[] lengths = {0, 1, 2, 11, 42, 1_000, DatagramSockets.MAX_DATAGRAM_BYTES};
    for (int length : lengths) {
      sender.send(SocketSide.CLIENT, address(receiver, SocketSide.SERVER), bytes(length, length));
      sender.send(SocketSide.SERVER, address(receiver, SocketSide.CLIENT), bytes(length, length));
    }
    sender.flush();
    receiveUntil(receiver, () -> received.size() == 2 * lengths.length);

    for (SocketSide side : SocketSide.values()) {
      SocketSide from = side == SocketSide.SERVER ? SocketSide.CLIENT : SocketSide.SERVER;
      List<Received> there = received.stream().filter(each -> each.side() == side).toList();
      assertThat(there).hasSize(lengths.length);
      for (int i = 0; i < lengths.length; i++) {
        assertThat(there.get(i).from()).isEqualTo(address(sender, from));
        assertThat(there.get(i).datagram()).isEqualTo(bytes(lengths[i], lengths[i]));
      }
    }
    assertThat(sender.counts().sent()).isEqualTo(2 * lengths.length);
    assertThat(sender.counts().sentBytes()).isEqualTo(receiver.counts().receivedBytes());
    assertThat(receiver.counts().received()).isEqualTo(2 * lengths.length);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void receive_shouldDropAndCountWhatIsTooLong(SocketKind kind) throws IOException {
    DatagramSockets receiver = open(kind);
    InetSocketAddress to =
        new InetSocketAddress(
            InetAddress.getLoopbackAddress(), receiver.localPort(SocketSide.SERVER));
    try (DatagramSocket plain = new DatagramSocket()) {
      plain.send(new DatagramPacket(bytes(1_473, 1), 1_473, to));
      plain.send(new DatagramPacket(bytes(9_000, 1), 9_000, to));
      plain.send(new DatagramPacket(bytes(1_472, 1), 1_472, to));
    }
    receiveUntil(receiver, () -> receiver.counts().received() == 3);
    assertThat(receiver.counts().oversized()).isEqualTo(2);
    assertThat(received).hasSize(1);
    assertThat(received.getFirst().datagram()).isEqualTo(bytes(1_472, 1));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void receive_shouldTakeOneBatchAtATime(SocketKind kind) throws IOException {
    DatagramSockets sender = open(kind);
    DatagramSockets receiver = open(kind);
    int count = 2 * DatagramSockets.RECEIVE_BATCH + 5;
    for (int i = 0; i < count; i++) {
      sender.send(
          SocketSide.CLIENT,
          address(receiver, SocketSide.SERVER),
          new byte[] {(byte) i, (byte) (i >> 8)});
    }
    sender.flush();
    List<Integer> batches = new ArrayList<>();
    receiver.await(SECONDS_10);
    while (receiver.isReadable(SocketSide.SERVER)) {
      batches.add(
          receiver.receive(
              SocketSide.SERVER,
              (side, from, datagram) -> received.add(new Received(side, from, datagram))));
    }
    assertThat(batches)
        .containsExactly(DatagramSockets.RECEIVE_BATCH, DatagramSockets.RECEIVE_BATCH, 5);
    for (int i = 0; i < count; i++) {
      assertThat(received.get(i).datagram()).containsExactly((byte) i, (byte) (i >> 8));
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void send_shouldGoOnWhenMoreIsSentThanTheQueueHolds(SocketKind kind) throws IOException {
    int[] calls = new int[1];
    DatagramSockets sender = open(kind, PortRange.ANY, () -> calls[0]++);
    DatagramSockets receiver = open(kind);
    int count = DatagramSockets.SEND_QUEUE + 10;
    for (int i = 0; i < count; i++) {
      sender.send(SocketSide.CLIENT, address(receiver, SocketSide.SERVER), bytes(20, i));
    }
    sender.flush();
    sender.flush();
    assertThat(calls[0]).isEqualTo(2);
    receiveUntil(receiver, () -> received.size() == count);
    assertThat(sender.counts().lost()).isZero();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void send_shouldLoseWhatIsTooLongOrGoesNowhere(SocketKind kind) throws IOException {
    DatagramSockets sender = open(kind);
    DatagramSockets receiver = open(kind);
    sender.send(SocketSide.SERVER, address(receiver, SocketSide.SERVER), bytes(1_473, 0));
    sender.send(SocketSide.SERVER, new NodeAddress(LOOPBACK, 0), bytes(2, 0));
    sender.send(SocketSide.SERVER, NodeAddress.parse("255.255.255.255:4000"), bytes(2, 0));
    sender.send(SocketSide.SERVER, address(receiver, SocketSide.SERVER), bytes(2, 7));
    sender.flush();
    receiveUntil(receiver, () -> !received.isEmpty());
    assertThat(received.getFirst().datagram()).isEqualTo(bytes(2, 7));
    assertThat(sender.counts().lost()).isEqualTo(1);
    assertThat(sender.counts().refused()).isEqualTo(2);
    assertThat(sender.counts().sent()).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void flush_shouldLoseWhatConfirmsThatWhichWasNotStored(SocketKind kind) throws IOException {
    boolean[] fails = {true};
    DatagramSockets sender =
        open(
            kind,
            PortRange.ANY,
            () -> {
              if (fails[0]) {
                throw new IllegalStateException("disk full");
              }
            });
    DatagramSockets receiver = open(kind);
    sender.send(SocketSide.SERVER, address(receiver, SocketSide.SERVER), bytes(2, 1));
    assertThatThrownBy(sender::flush).hasMessage("disk full");
    fails[0] = false;
    sender.send(SocketSide.SERVER, address(receiver, SocketSide.SERVER), bytes(2, 2));
    sender.flush();
    receiveUntil(receiver, () -> !received.isEmpty());
    assertThat(received).hasSize(1);
    assertThat(received.getFirst().datagram()).isEqualTo(bytes(2, 2));
    assertThat(sender.counts().lost()).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void await_shouldEndWhenWokenBeforeOrMeanwhile(SocketKind kind) throws Exception {
    DatagramSockets sockets = open(kind);
    sockets.await(0);
    sockets.wake();
    sockets.wake();
    long before = System.nanoTime();
    sockets.await(SECONDS_10);
    Thread waker = Thread.ofVirtual().start(sockets::wake);
    sockets.await(SECONDS_10);
    waker.join();
    assertThat(System.nanoTime() - before).isLessThan(SECONDS_10);
    assertThat(sockets.isReadable(SocketSide.SERVER)).isFalse();
    assertThat(sockets.isReadable(SocketSide.CLIENT)).isFalse();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void wake_shouldDoNothingAfterClose(SocketKind kind) throws IOException {
    DatagramSockets sockets = open(kind);
    sockets.close();
    sockets.wake();
    sockets.close();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void open_shouldTakeTheNextPortWhenOneIsTaken(SocketKind kind) throws IOException {
    DatagramSockets first = open(kind);
    int taken = first.localPort(SocketSide.SERVER);
    assertThatThrownBy(() -> open(kind, PortRange.only(taken), () -> {}))
        .isInstanceOf(BindException.class)
        .hasMessageContaining("UDP port " + taken + " of 127.0.0.1 is taken");
    DatagramSockets second = open(kind, PortRange.from(Math.min(taken, 65_530)), () -> {});
    assertThat(second.localPort(SocketSide.SERVER)).isNotEqualTo(taken);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void open_shouldRefuseAForeignAddress(SocketKind kind) {
    assertThatThrownBy(() ->
            DatagramSockets.open(
                kind,
                NodeAddress.parseHost("192.0.2.1"),
                PortRange.from(40_000),
                PortRange.ANY,
                () -> {}))
        .isInstanceOf(IOException.class);
  }
}
