package org.peerstead.hypercore.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.peerstead.securestream.encoding.Slice;

@ExtendWith(LeakWatch.class)
class PeerNetworkTest {
  private static Slice bytes(int size, int seed) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) (seed + i * 31);
    }
    return Slice.of(bytes);
  }

  @Test
  void messages_shouldArriveInOrderBothWays() {
    try (Node a = new Node();
        Node b = new Node()) {
      a.isEcho = true;
      b.network.dial(a.listen(), a.key.publicKey());
      await().until(() -> !b.open.isEmpty());
      assertThat(b.onlyConnection().publicKey()).isEqualTo(a.key.publicKey());
      assertThat(b.onlyConnection().isInitiator()).isTrue();
      List<Slice> sent = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        sent.add(bytes(i % 10 == 0 ? 200_000 : 1 + i, i));
      }
      sent.forEach(b::send);
      await().until(() -> b.messages.size() == sent.size());
      assertThat(b.messages).isEqualTo(sent);
      assertThat(a.messages).isEqualTo(sent);
      assertThat(a.onlyConnection().publicKey()).isEqualTo(b.key.publicKey());
      assertThat(b.network.stats().bytesOut()).isEqualTo(a.network.stats().bytesIn());
    }
  }

  @Test
  void largestMessage_shouldArrive() {
    try (Node a = new Node();
        Node b = new Node()) {
      b.network.dial(a.listen(), null);
      await().until(() -> !b.open.isEmpty());
      Slice message = bytes(0xffffff - 17, 3);
      b.send(message);
      await().until(() -> !a.messages.isEmpty());
      assertThat(a.messages).containsExactly(message);
    }
  }

  @Test
  void garbage_shouldBeRefusedAndCounted() throws IOException {
    try (Node a = new Node()) {
      InetSocketAddress address = a.listen();
      try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
        socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes("US-ASCII"));
        await().until(() -> a.refused.contains(CloseReason.BAD_FRAME));
      }
      try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
        byte[] noPoint = new byte[35];
        noPoint[0] = 32;
        socket.getOutputStream().write(noPoint);
        await().until(() -> a.refused.contains(CloseReason.HANDSHAKE_FAILED));
      }
      try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
        socket.shutdownOutput();
        await().until(() -> a.refused.contains(CloseReason.ENDED_EARLY));
      }
      await().until(() -> a.network.stats().connections() == 0);
      assertThat(a.open).isEmpty();
      assertThat(a.ended).isEmpty();
      assertThat(a.network.stats().refused().get(CloseReason.BAD_FRAME)).isEqualTo(1);
    }
  }

  @Test
  void silentStranger_shouldBeEndedAfterTheHandshakeTimeout() throws IOException {
    NetworkConfig config =
        Node.CONFIG.withTimeouts(
            Duration.ofMillis(100), Duration.ofSeconds(30), Duration.ofSeconds(30));
    try (Node a = new Node(config)) {
      InetSocketAddress address = a.listen();
      try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
      }
      await().until(() -> a.refused.equals(List.of(CloseReason.HANDSHAKE_TIMEOUT)));
    }
  }

  @Test
  void connections_shouldBeLimitedInTotalAndPerAddress() throws IOException {
    try (Node a = new Node(Node.CONFIG.withConnections(2, 1));
        Node b = new Node()) {
      InetSocketAddress address = a.listen();
      b.network.dial(address, null);
      await().until(() -> a.open.size() == 1);
      try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
      }
      await().until(() -> a.refused.equals(List.of(CloseReason.TOO_MANY_CONNECTIONS)));
      a.onlyConnection();
      a.mailbox.execute(() -> a.onlyConnection().close(CloseReason.CLOSED_LOCALLY, ""));
      // The place is free again: the peering comes back.
      await().until(() -> a.ended.size() == 1 && a.open.size() == 1);
      assertThat(b.ended).containsExactly(CloseReason.CLOSED_BY_PEER);
    }
  }

  @Test
  void slowOwner_shouldStopTheReadingOfItsSocket() {
    try (Node a = new Node(Node.CONFIG.withHighWater(100_000, 1 << 20));
        Node b = new Node()) {
      a.isKeeping = false;
      b.network.dial(a.listen(), null);
      await().until(() -> a.open.size() == 1 && b.open.size() == 1);
      CountDownLatch latch = new CountDownLatch(1);
      a.block(latch);
      long total = 0;
      // More than the buffers of the operating system hold.
      for (int i = 0; i < 600; i++) {
        b.send(bytes(65_536, i));
        total += 65_536;
      }
      await().until(() -> b.onlyConnection().unwrittenBytes() > 0 && isStill(b.onlyConnection()));
      assertThat(a.onlyConnection().undeliveredBytes()).isLessThan(100_000 + (2 << 20));
      latch.countDown();
      long expected = total;
      await().until(() -> a.bytes.get() == expected);
      assertThat(b.onlyConnection().unwrittenBytes()).isZero();
    }
  }

  private static boolean isStill(Connection connection) {
    long before = connection.unwrittenBytes();
    await().pollDelay(Duration.ofMillis(150)).until(() -> true);
    return before == connection.unwrittenBytes();
  }

  @Test
  void writable_shouldBeToldWhenThereIsRoomAgain() {
    try (Node a = new Node(Node.CONFIG.withHighWater(1 << 20, 300_000));
        Node b = new Node(Node.CONFIG.withHighWater(1 << 20, 300_000))) {
      b.network.dial(a.listen(), null);
      await().until(() -> a.open.size() == 1 && b.open.size() == 1);
      CountDownLatch latch = new CountDownLatch(1);
      b.mailbox.execute(() -> {
        Connection connection = b.onlyConnection();
        while (connection.send(bytes(65_536, 1))) {
          assertThat(connection.unwrittenBytes()).isLessThan(300_000);
        }
        latch.countDown();
      });
      await().until(() -> latch.getCount() == 0 && b.turnsToWrite.get() == 1);
      assertThat(b.onlyConnection().isWritable()).isTrue();
    }
  }

  @Test
  void slowReader_shouldBeEnded() {
    NetworkConfig config =
        Node.CONFIG
            .withHighWater(100_000, 200_000)
            .withTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofMillis(300));
    try (Node a = new Node(config);
        Node b = new Node(config)) {
      b.network.dial(a.listen(), null);
      await().until(() -> a.open.size() == 1 && b.open.size() == 1);
      CountDownLatch latch = new CountDownLatch(1);
      a.block(latch);
      for (int i = 0; i < 600; i++) {
        b.send(bytes(65_536, i));
      }
      await().until(() -> b.ended.contains(CloseReason.SLOW_READER));
      latch.countDown();
    }
  }

  @Test
  void silentPeer_shouldBeEnded() {
    // Keep-alive of 5 s is longer than the idle time: both ends give up.
    NetworkConfig config =
        Node.CONFIG.withTimeouts(
            Duration.ofSeconds(5), Duration.ofMillis(400), Duration.ofSeconds(30));
    try (Node a = new Node(config);
        Node b = new Node(config)) {
      b.network.dial(a.listen(), null);
      await().until(() -> !a.ended.isEmpty());
      assertThat(a.ended.getFirst()).isIn(CloseReason.IDLE, CloseReason.CLOSED_BY_PEER);
    }
  }

  @Test
  void keepAlive_shouldPreventTheEndOfASilentConnection() {
    NetworkConfig config =
        Node.CONFIG
            .withKeepAlive(Duration.ofMillis(50))
            .withTimeouts(Duration.ofSeconds(5), Duration.ofMillis(400), Duration.ofSeconds(30));
    try (Node a = new Node(config);
        Node b = new Node(config)) {
      b.network.dial(a.listen(), null);
      await().until(() -> a.open.size() == 1 && b.open.size() == 1);
      // Ten keep-alives of 20 bytes: more than the idle time.
      long before = a.onlyConnection().bytesIn();
      await().until(() -> a.onlyConnection().bytesIn() >= before + 200);
      assertThat(a.ended).isEmpty();
      assertThat(a.messages).isEmpty();
    }
  }

  @Test
  void otherPeerThanExpected_shouldNotBeConnected() {
    try (Node a = new Node();
        Node b = new Node()) {
      Peering peering = b.network.dial(a.listen(), b.key.publicKey());
      await().until(() -> peering.attempts() > 2);
      assertThat(peering.lastProblem()).contains(CloseReason.WRONG_REMOTE_KEY);
      assertThat(b.open).isEmpty();
    }
  }

  @Test
  void peering_shouldComeBackWhenThePeerDoes() {
    try (Node b = new Node()) {
      Node a = new Node();
      InetSocketAddress address = a.listen();
      Peering peering = b.network.dial(address, null);
      await().until(() -> peering.state() == Peering.State.CONNECTED && a.open.size() == 1);
      a.close();
      await()
          .until(() ->
              peering.lastProblem().equals(java.util.Optional.of(CloseReason.CONNECT_FAILED)));
      assertThat(b.ended).containsExactly(CloseReason.CLOSED_BY_PEER);
      assertThat(a.ended).containsExactly(CloseReason.SHUTDOWN);
      try (Node again = new Node()) {
        again.network.listen(address).join();
        await()
            .until(() -> peering.remoteKey().equals(java.util.Optional.of(again.key.publicKey())));
        peering.close();
        await().until(() -> again.ended.equals(List.of(CloseReason.CLOSED_BY_PEER)));
        assertThat(peering.state()).isEqualTo(Peering.State.CLOSED);
      }
    }
  }

  @Test
  void unknownHost_shouldBeTriedAgain() {
    try (Node b = new Node()) {
      Peering peering =
          b.network.dial(InetSocketAddress.createUnresolved("no-such-host.invalid", 1), null);
      await().until(() -> peering.attempts() > 1);
      assertThat(peering.lastProblem()).contains(CloseReason.CONNECT_FAILED);
      assertThat(b.network.stats().connections()).isZero();
    }
  }

  @Test
  void closeUnderLoad_shouldEndEverything() {
    Node a = new Node();
    a.isKeeping = false;
    a.isEcho = true;
    List<Node> others = new ArrayList<>();
    InetSocketAddress address = a.listen();
    for (int i = 0; i < 4; i++) {
      Node other = new Node();
      other.isKeeping = false;
      other.isEcho = true;
      others.add(other);
      other.network.dial(address, null);
    }
    await().until(() -> others.stream().noneMatch(other -> other.open.isEmpty()));
    others.forEach(other -> other.send(bytes(100_000, 1)));
    await().until(() -> a.bytes.get() > 5_000_000);
    a.close();
    assertThat(a.network.stats().connections()).isZero();
    others.forEach(Node::close);
    assertThat(others).allMatch(other -> other.open.isEmpty());
  }
}
