package org.peerstead.relay.net.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ClientTransport;

@ExtendWith(LeakWatch.class)
class StreamClientsTest {
  private static ConnectionBounds bounds(
      int connections,
      int perSource,
      int unsettled,
      Duration firstRequest,
      Duration unsettledFor,
      Duration frame) {
    return new ConnectionBounds(
        connections,
        perSource,
        unsettled,
        firstRequest,
        firstRequest,
        unsettledFor,
        frame,
        64 * 1024);
  }

  private static void ended(Shell shell, ConnectionEnd end, long times) {
    await().untilAsserted(() -> assertThat(shell.ended(end)).as(end.name()).isEqualTo(times));
  }

  private static byte[] together(byte[]... messages) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] message : messages) {
      bytes.writeBytes(message);
    }
    return bytes.toByteArray();
  }

  @Test
  void messages_shouldBeFoundWhereverTheStreamIsCut() throws IOException {
    byte[] all =
        together(
            Client.message(1, (byte) 1, (byte) 2, (byte) 3, (byte) 4),
            Client.channelData(0x4001, (byte) 9, (byte) 8, (byte) 7, (byte) 6, (byte) 5),
            Client.channelData(0x4002),
            Client.message(1));
    try (Shell shell = Shell.start()) {
      for (int cut = 1; cut < all.length; cut++) {
        try (Client client = shell.connect()) {
          client.out.write(all, 0, cut);
          client.out.flush();
          // The answer to what is whole shows that the first part was read by itself.
          byte[] first = cut >= 24 ? client.read() : null;
          client.out.write(all, cut, all.length - cut);
          if (first == null) {
            first = client.read();
          }
          assertThat(first)
              .isEqualTo(Client.message(0x0101, (byte) 1, (byte) 2, (byte) 3, (byte) 4));
          assertThat(client.read())
              .isEqualTo(
                  Client.channelData(0x4001, (byte) 9, (byte) 8, (byte) 7, (byte) 6, (byte) 5));
          assertThat(client.read()).isEqualTo(Client.channelData(0x4002));
          assertThat(client.read()).isEqualTo(Client.message(0x0101));
        }
      }
    }
  }

  @Test
  void messages_shouldBeFoundWhenEachByteComesAlone() throws IOException {
    try (Shell shell = Shell.start();
        Client client = shell.connect()) {
      byte[] all =
          together(
              Client.message(1, new byte[40]),
              Client.channelData(0x4001, new byte[3]),
              Client.message(1));
      for (byte b : all) {
        client.send(new byte[] {b});
      }
      assertThat(client.read()).isEqualTo(Client.message(0x0101, new byte[40]));
      assertThat(client.read()).isEqualTo(Client.channelData(0x4001, new byte[3]));
      assertThat(client.read()).isEqualTo(Client.message(0x0101));
      client.close();
      await().untilAsserted(() -> assertThat(shell.engines.closed).hasValue(1));
    }
  }

  @Test
  void padding_shouldBeZero() throws IOException {
    try (Shell shell = Shell.start();
        Client client = shell.connect()) {
      for (int size = 1; size < 300; size++) {
        client.send(Client.message(2, ByteBuffer.allocate(4).putInt(size).array()));
        byte[] answer = client.read();
        for (int i = 20 + size; i < answer.length; i++) {
          assertThat(answer[i]).isZero();
        }
        byte[] payload = new byte[size];
        java.util.Arrays.fill(payload, (byte) 0x77);
        client.send(Client.channelData(0x4000, payload));
        assertThat(client.read()).isEqualTo(Client.channelData(0x4000, payload));
      }
    }
  }

  @Test
  void longClaims_shouldEndConnectionsThatAreNotSettled() throws IOException {
    try (Shell shell = Shell.start()) {
      try (Client client = shell.connect()) {
        client.send(new byte[] {0, 1, (byte) 0xff, (byte) 0xfc});
        assertThat(client.isEnded()).isTrue();
      }
      try (Client client = shell.connect()) {
        client.send(new byte[] {0x40, 0, (byte) 0xff, (byte) 0xff});
        assertThat(client.isEnded()).isTrue();
      }
      try (Client client = shell.connect()) {
        client.send(new byte[] {0, 1, 0, 3});
        assertThat(client.isEnded()).isTrue();
      }
      ended(shell, ConnectionEnd.FRAMING, 3);
    }
  }

  @Test
  void longMessages_shouldBeTakenFromSettledConnections() throws IOException {
    try (Shell shell = Shell.start();
        Client client = shell.connect()) {
      client.send(Client.message(3, Client.port(Shell.freePort()))).read();
      byte[] most = Client.channelData(0x4000, new byte[65_535]);
      client.send(most);
      assertThat(client.read()).isEqualTo(most);
    }
  }

  @Test
  void http_shouldBeToldShortly() throws IOException {
    try (Shell shell = Shell.start();
        Client client = shell.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(client.in.readAllBytes(), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 400 ");
      await().untilAsserted(() -> assertThat(shell.ended(ConnectionEnd.HTTP)).isEqualTo(1));
      assertThat(shell.engines.frames).hasValue(0);
    }
  }

  @Test
  void otherProtocols_shouldBeClosed() throws IOException {
    try (Shell shell = Shell.start()) {
      for (int first : new int[] {0x16, 0x05, 0x20, 0x80, 0xff}) {
        try (Client client = shell.connect()) {
          client.send(new byte[] {(byte) first, 1, 0, 0, 0, 0});
          assertThat(client.isEnded()).isTrue();
        }
      }
      assertThat(shell.engines.frames).hasValue(0);
    }
  }

  @Test
  void silence_shouldEnd() throws IOException {
    ConnectionBounds bounds =
        bounds(10, 10, 10, Duration.ofMillis(300), Duration.ofMillis(900), Duration.ofMillis(300));
    try (Shell shell = Shell.start(base -> Shell.with(base, bounds));
        Client silent = shell.connect();
        Client slow = shell.connect();
        Client unsettled = shell.connect();
        Client settled = shell.connect();
        Client stuck = shell.connect()) {
      slow.send(new byte[] {0, 1, 0, 100, 0x21});
      unsettled.send(Client.message(1)).read();
      settled.send(Client.message(3, Client.port(Shell.freePort()))).read();
      stuck.send(Client.message(3, Client.port(Shell.freePort()))).read();
      stuck.send(new byte[] {0x40, 0, 0, 100});
      assertThat(silent.isEnded()).isTrue();
      assertThat(slow.isEnded()).isTrue();
      assertThat(unsettled.isEnded()).isTrue();
      assertThat(stuck.isEnded()).isTrue();
      ended(shell, ConnectionEnd.HANDSHAKE_TIMEOUT, 1);
      ended(shell, ConnectionEnd.FIRST_REQUEST_TIMEOUT, 1);
      ended(shell, ConnectionEnd.UNSETTLED_TIMEOUT, 1);
      ended(shell, ConnectionEnd.FRAME_TIMEOUT, 1);
      settled.send(Client.message(1));
      assertThat(settled.read()).isEqualTo(Client.message(0x0101));
    }
  }

  @Test
  void connections_shouldBeBoundedPerSourceInTotalAndWhileUnsettled() throws IOException {
    Duration long_ = Duration.ofSeconds(30);
    try (Shell shell = Shell.start(base -> Shell.with(base, bounds(9, 2, 9, long_, long_, long_)));
        Client first = shell.connect();
        Client second = shell.connect();
        Client third = shell.connect()) {
      assertThat(third.isEnded()).isTrue();
      ended(shell, ConnectionEnd.TOO_MANY_OF_SOURCE, 1);
      first.send(Client.message(1)).read();
      first.close();
      await().untilAsserted(() -> assertThat(shell.counts().connections()).isEqualTo(1));
      try (Client fourth = shell.connect()) {
        fourth.send(Client.message(1)).read();
      }
      second.send(Client.message(1)).read();
    }
    try (Shell shell = Shell.start(base -> Shell.with(base, bounds(2, 9, 9, long_, long_, long_)));
        Client first = shell.connect();
        Client second = shell.connect();
        Client third = shell.connect()) {
      assertThat(third.isEnded()).isTrue();
      ended(shell, ConnectionEnd.TOO_MANY, 1);
    }
    try (Shell shell = Shell.start(base -> Shell.with(base, bounds(9, 9, 1, long_, long_, long_)));
        Client first = shell.connect()) {
      first.send(Client.message(3, Client.port(Shell.freePort()))).read();
      await().untilAsserted(() -> assertThat(shell.counts().unsettled()).isZero());
      try (Client second = shell.connect();
          Client third = shell.connect()) {
        second.send(Client.message(1)).read();
        assertThat(third.isEnded()).isTrue();
        ended(shell, ConnectionEnd.TOO_MANY_UNSETTLED, 1);
      }
    }
  }

  @Test
  void slowReaders_shouldLoseTheNewestAndNothingElse() throws IOException {
    try (Shell shell = Shell.start();
        Client client = new Client(narrow(shell))) {
      client.send(Client.message(3, Client.port(Shell.freePort()))).read();
      byte[] payload = new byte[8_000];
      int sent = 3_000;
      Thread.ofVirtual()
          .start(() -> {
            try {
              for (int i = 0; i < sent; i++) {
                ByteBuffer.wrap(payload).putInt(i);
                client.send(Client.channelData(0x4000, payload));
              }
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          });
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> assertThat(shell.engines.frames).hasValue(sent + 1));
      assertThat(shell.engines.refusedSends.get()).isPositive();
      assertThat(shell.counts().slowReaderDrops()).isEqualTo(shell.engines.refusedSends.get());
      List<Integer> seen = new ArrayList<>();
      for (int i = 0; i < sent - shell.engines.refusedSends.get(); i++) {
        byte[] message = client.read();
        assertThat(message).hasSize(8_004);
        seen.add(ByteBuffer.wrap(message, 4, 4).getInt());
      }
      assertThat(seen).isSorted().doesNotHaveDuplicates();
      // It goes on once the client has read.
      client.send(Client.message(1));
      assertThat(client.read()).isEqualTo(Client.message(0x0101));
    }
  }

  @Test
  void clientsThatAreNotSettled_shouldHaveLittleWaiting() throws IOException {
    try (Shell shell = Shell.start();
        Client client = new Client(narrow(shell))) {
      byte[] ask = Client.message(2, ByteBuffer.allocate(4).putInt(60_000).array());
      client.send(ask);
      await().untilAsserted(() -> assertThat(shell.engines.refusedSends).hasValue(1));
    }
  }

  private static Socket narrow(Shell shell) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4_096);
    socket.connect(shell.address());
    return socket;
  }

  @Test
  void engines_shouldHearOfEachEndOnce() throws IOException {
    try (Shell shell = Shell.start()) {
      try (Client client = shell.connect()) {
        client.send(Client.message(1)).read();
      }
      try (Client client = shell.connect()) {
        client.send(Client.message(4));
        assertThat(client.read()).isEqualTo(Client.message(0x0104));
        assertThat(client.isEnded()).isTrue();
      }
      try (Client client = shell.connect()) {
        client.send(Client.message(1)).read();
        client.send(Client.message(0x3f));
        assertThat(client.isEnded()).isTrue();
      }
      try (Client client = shell.connect()) {
        client.send(Client.message(5));
        assertThat(client.isEnded()).isTrue();
      }
      try (Client client = shell.connect()) {
        client.send(Client.message(1)).read();
        client.socket.setSoLinger(true, 0);
      }
      Client last = shell.connect();
      last.send(Client.message(1)).read();
      await().untilAsserted(() -> assertThat(shell.counts().connections()).isEqualTo(1));
      shell.close();
      assertThat(last.isEnded()).isTrue();
      assertThat(shell.engines.closed).hasValue(6);
      assertThat(shell.engines.closedTimes).hasSize(6);
      ended(shell, ConnectionEnd.ENGINE, 2);
      ended(shell, ConnectionEnd.FAILURE, 1);
      ended(shell, ConnectionEnd.CLIENT, 2);
      ended(shell, ConnectionEnd.SHUTDOWN, 1);
      assertThat(shell.counts().engineFailures()).isEqualTo(1);
    }
  }

  @Test
  void connections_shouldLeaveNothingBehind() throws IOException {
    try (Shell shell = Shell.start()) {
      List<Client> clients = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        clients.add(shell.connect().send(Client.message(1)));
      }
      for (Client client : clients) {
        assertThat(client.read()).isEqualTo(Client.message(0x0101));
      }
      assertThat(shell.counts().connections()).isEqualTo(1_000);
      for (Client client : clients) {
        client.close();
      }
      await()
          .untilAsserted(() -> {
            assertThat(shell.counts().connections()).isZero();
            assertThat(shell.counts().unsettled()).isZero();
            assertThat(shell.engines.closed).hasValue(1_000);
          });
      assertThat(shell.counts().accepted()).isEqualTo(1_000);
    }
  }

  @Test
  void listeners_shouldBeNumberedOverBothFamilies() throws IOException {
    List<TransportAddress> both =
        List.of(new TransportAddress(Shell.V4, 0), new TransportAddress(Shell.V6, 0));
    try (Shell shell =
        Shell.start(base -> Shell.listening(base, both, Set.of(ClientTransport.TCP)))) {
      assertThat(shell.loops.listeners()).hasSize(2);
      try (Client v6 = Client.connect(shell.loops.listeners().get(1).toSocketAddress())) {
        v6.send(Client.message(1)).read();
      }
      assertThat(shell.engines.listeners).containsExactly(1);
      assertThat(shell.engines.clients.peek()).startsWith("[::1]:");
      try (Client v4 = shell.connect()) {
        v4.send(Client.message(1)).read();
      }
      assertThat(shell.engines.listeners).containsExactlyInAnyOrder(0, 1);
    }
  }

  @Test
  void wildcards_shouldServeBothFamiliesOnOnePort() throws IOException {
    int port = Shell.freePort();
    List<TransportAddress> both =
        List.of(
            new TransportAddress(org.peerstead.relay.stun.IpAddress.parse("0.0.0.0"), port),
            new TransportAddress(org.peerstead.relay.stun.IpAddress.parse("::"), port));
    try (Shell shell =
        Shell.start(base -> Shell.listening(base, both, Set.of(ClientTransport.TCP)))) {
      try (Client v4 = Client.connect(new TransportAddress(Shell.V4, port).toSocketAddress())) {
        v4.send(Client.message(1)).read();
      }
      assertThat(shell.engines.listeners).containsExactly(0);
      assertThat(shell.engines.clients.peek()).startsWith("127.0.0.1:");
      try (Client v6 = Client.connect(new TransportAddress(Shell.V6, port).toSocketAddress())) {
        v6.send(Client.message(1)).read();
      }
      assertThat(shell.engines.listeners).containsExactlyInAnyOrder(0, 1);
    }
  }

  @Test
  void takenAddresses_shouldBeNamed() throws IOException {
    try (Shell shell = Shell.start()) {
      TransportAddress taken = shell.loops.listeners().getFirst();
      TransportAddress free = new TransportAddress(Shell.V4, Shell.freePort());
      assertThatThrownBy(() ->
              Shell.start(
                  base -> Shell.listening(base, List.of(free, taken), Set.of(ClientTransport.TCP))))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(taken.toString());
      // Nothing is left behind.
      new java.net.ServerSocket(free.port(), 1, Shell.V4.toInetAddress()).close();
    }
  }

  @Test
  void deadlines_shouldBeKept() throws IOException {
    try (Shell shell = Shell.start()) {
      EchoEngine engine = shell.engines.engines.getFirst();
      engine
          .shard()
          .loop()
          .execute(() -> engine.deadline = System.nanoTime() + Duration.ofMillis(50).toNanos());
      await().untilAsserted(() -> assertThat(shell.engines.advanced).hasValue(1));
    }
  }
}
