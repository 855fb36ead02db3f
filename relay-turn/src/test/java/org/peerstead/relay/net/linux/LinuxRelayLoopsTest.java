package org.peerstead.relay.net.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.relay.net.linux.LoopCounts.Count;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;

class LinuxRelayLoopsTest {
  private static final int PATIENCE_MILLIS = 5_000;
  private final List<ForwardEngine> engines = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void needsLinux() {
    assumeTrue(LinuxRelayLoops.isAvailable(), "needs 64-bit Linux and native access");
  }

  private LinuxRelayLoops start(IpAddress ip, int loops, DatagramSocket peer) throws IOException {
    TransportAddress to = TransportAddress.of((InetSocketAddress) peer.getLocalSocketAddress());
    return LinuxRelayLoops.start(
        new LinuxRelayConfig(
            0,
            loops,
            List.of(new TransportAddress(ip, 0)),
            ip.family() == IpFamily.V4 ? ip : null,
            ip.family() == IpFamily.V6 ? ip : null,
            1 << 20,
            1 << 20,
            true,
            null),
        (shard, now) -> {
          ForwardEngine engine = new ForwardEngine(shard, to, 0);
          engines.add(engine);
          return engine;
        });
  }

  private static DatagramSocket socket(IpAddress ip) throws IOException {
    DatagramSocket socket = new DatagramSocket(new InetSocketAddress(ip.toInetAddress(), 0));
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setReceiveBufferSize(4 << 20);
    return socket;
  }

  private static void send(DatagramSocket from, TransportAddress to, byte[] bytes)
      throws IOException {
    from.send(new DatagramPacket(bytes, bytes.length, to.toSocketAddress()));
  }

  private static DatagramPacket receive(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
    socket.receive(packet);
    return packet;
  }

  private static byte[] bytes(DatagramPacket packet) {
    return Arrays.copyOf(packet.getData(), packet.getLength());
  }

  private static byte[] numbered(int number, int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) (0x80 | number));
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void carriesDatagramsOfEveryLengthBothWays(String address) throws IOException {
    IpAddress ip = IpAddress.parse(address);
    try (DatagramSocket client = socket(ip);
        DatagramSocket peer = socket(ip);
        LinuxRelayLoops loops = start(ip, 1, peer)) {
      TransportAddress listener = loops.listeners().getFirst();
      for (int length : new int[] {1, 2, 3, 4, 5, 160, 1_200, 1_473, 9_000, 65_000, 65_487}) {
        byte[] sent = numbered(length, length);
        send(client, listener, sent);
        DatagramPacket arrived = receive(peer);
        assertThat(bytes(arrived)).isEqualTo(sent);
        peer.send(new DatagramPacket(sent, length, arrived.getSocketAddress()));
        byte[] back = bytes(receive(client));
        assertThat(back).hasSize(4 + length).startsWith(0x40, 0x01, length >> 8, length);
        assertThat(Arrays.copyOfRange(back, 4, back.length)).isEqualTo(sent);
      }
    }
  }

  @Test
  void carriesEmptyDatagramsOfPeers() throws IOException {
    IpAddress ip = IpAddress.parse("127.0.0.1");
    try (DatagramSocket client = socket(ip);
        DatagramSocket peer = socket(ip);
        LinuxRelayLoops loops = start(ip, 1, peer)) {
      send(client, loops.listeners().getFirst(), new byte[] {(byte) 0x80});
      DatagramPacket arrived = receive(peer);
      peer.send(new DatagramPacket(new byte[0], 0, arrived.getSocketAddress()));
      assertThat(bytes(receive(client))).containsExactly(0x40, 0x01, 0, 0);
    }
  }

  @Test
  void keepsTheOrderOfAFlowWhateverItsLengths() throws IOException {
    IpAddress ip = IpAddress.parse("127.0.0.1");
    try (DatagramSocket client = socket(ip);
        DatagramSocket peer = socket(ip);
        LinuxRelayLoops loops = start(ip, 1, peer)) {
      TransportAddress listener = loops.listeners().getFirst();
      int[] lengths = {160, 160, 160, 90, 160, 200, 200, 1_200, 1_200, 1_200, 1_200, 7, 0x60, 1};
      for (int round = 0; round < 40; round++) {
        for (int i = 0; i < lengths.length; i++) {
          send(client, listener, numbered(i, lengths[i]));
        }
        for (int i = 0; i < lengths.length; i++) {
          assertThat(bytes(receive(peer))).isEqualTo(numbered(i, lengths[i]));
        }
      }
      LoopCounts counts = loops.counts().getFirst();
      await().until(() -> counts.get(Count.SENT) == 40L * lengths.length);
    }
  }

  @Test
  void takesApartWhatArrivesInOnePiece() throws IOException {
    IpAddress ip = IpAddress.parse("127.0.0.1");
    try (Arena arena = Arena.ofShared();
        DatagramSocket peer = socket(ip);
        LinuxRelayLoops loops = start(ip, 1, peer)) {
      TransportAddress listener = loops.listeners().getFirst();
      LinuxCalls calls = new LinuxCalls(arena);
      int fd =
          new SocketOpener(calls, arena).listener(new TransportAddress(ip, 0), 1 << 20, 1 << 20);
      LinuxSocket client = new LinuxSocket(fd, ip.family());
      SendQueue queue = new SendQueue(calls, arena, new LoopCounts());
      int[] lengths = {500, 500, 500, 500, 90, 1_200, 1_200, 1, 1, 1, 1};
      for (int i = 0; i < lengths.length; i++) {
        queue.addCopy(
            client, ip.high(), ip.low(), listener.port(), numbered(i, lengths[i]), 0, lengths[i]);
      }
      queue.flush();
      for (int i = 0; i < lengths.length; i++) {
        assertThat(bytes(receive(peer))).isEqualTo(numbered(i, lengths[i]));
      }
      LoopCounts counts = loops.counts().getFirst();
      await().until(() -> counts.get(Count.SENT) == lengths.length);
      assertThat(counts.get(Count.RECEIVED)).isEqualTo(lengths.length);
      calls.close(fd);
    }
  }

  @Test
  void letsTheKernelCutWhatFollowsInOneFlow() throws IOException {
    IpAddress ip = IpAddress.parse("127.0.0.1");
    try (DatagramSocket client = socket(ip);
        DatagramSocket peer = socket(ip);
        LinuxRelayLoops loops = start(ip, 1, peer)) {
      TransportAddress listener = loops.listeners().getFirst();
      int sent = 0;
      LoopCounts counts = loops.counts().getFirst();
      while (counts.get(Count.SEGMENTED) == 0 && sent < 100_000) {
        for (int i = 0; i < 64; i++, sent++) {
          send(client, listener, numbered(i, 500));
        }
        for (int i = 0; i < 64; i++) {
          assertThat(bytes(receive(peer))).isEqualTo(numbered(i, 500));
        }
      }
      assertThat(counts.get(Count.SEGMENTED)).isPositive();
      // Counted after the call, when the peer has the datagrams already.
      int all = sent;
      await().until(() -> counts.get(Count.SENT) == all);
      assertThat(counts.get(Count.SEND_CALLS)).isLessThan(counts.get(Count.SENT));
    }
  }

  @Test
  void allocatesNothingPerPacket() throws IOException {
    IpAddress ip = IpAddress.parse("127.0.0.1");
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (DatagramSocket client = socket(ip);
        DatagramSocket peer = socket(ip);
        LinuxRelayLoops loops = start(ip, 1, peer)) {
      TransportAddress listener = loops.listeners().getFirst();
      exchange(client, peer, listener, 20_000);
      long thread = engines.getFirst().threadId;
      long before = threads.getThreadAllocatedBytes(thread);
      int packets = 20_000;
      exchange(client, peer, listener, packets);
      long each = (threads.getThreadAllocatedBytes(thread) - before) / (2L * packets);
      // Code that is not compiled yet boxes a little in its calls.
      assertThat(each).isLessThan(50);
    }
  }

  private static void exchange(
      DatagramSocket client, DatagramSocket peer, TransportAddress listener, int count)
      throws IOException {
    for (int i = 0; i < count; i++) {
      send(client, listener, numbered(i, 160));
      DatagramPacket arrived = receive(peer);
      peer.send(new DatagramPacket(numbered(i, 160), 160, arrived.getSocketAddress()));
      receive(client);
    }
  }

  @Test
  void sharesClientsBetweenLoops() throws IOException {
    IpAddress ip = IpAddress.parse("127.0.0.1");
    try (DatagramSocket peer = socket(ip);
        LinuxRelayLoops loops = start(ip, 2, peer)) {
      List<DatagramSocket> clients = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        DatagramSocket client = socket(ip);
        clients.add(client);
        send(client, loops.listeners().getFirst(), numbered(i, 100));
        assertThat(bytes(receive(peer))).isEqualTo(numbered(i, 100));
      }
      clients.forEach(DatagramSocket::close);
      assertThat(loops.counts()).allSatisfy(one -> assertThat(one.get(Count.SENT)).isPositive());
    }
  }

  @Test
  void tellsIcmpErrors() throws IOException {
    IpAddress ip = IpAddress.parse("127.0.0.1");
    DatagramSocket gone = socket(ip);
    try (DatagramSocket client = socket(ip);
        LinuxRelayLoops loops = start(ip, 1, gone)) {
      int port = gone.getLocalPort();
      gone.close();
      send(client, loops.listeners().getFirst(), numbered(1, 100));
      await()
          .untilAsserted(() ->
              assertThat(engines.getFirst().errors)
                  .contains(new ForwardEngine.Unreachable(ip.low(), port, 3, 3)));
      // The error does not stand in the way of what follows.
      try (DatagramSocket back = new DatagramSocket(new InetSocketAddress("127.0.0.1", port))) {
        back.setSoTimeout(PATIENCE_MILLIS);
        send(client, loops.listeners().getFirst(), numbered(2, 100));
        assertThat(bytes(receive(back))).isEqualTo(numbered(2, 100));
      }
    }
  }

  @Test
  void forbidsFragmentsWhereAsked() throws IOException {
    IpAddress ip = IpAddress.parse("127.0.0.1");
    try (DatagramSocket client = socket(ip);
        DatagramSocket peer = socket(ip);
        LinuxRelayLoops loops = start(ip, 1, peer)) {
      engines.getFirst().forbidsFragments = true;
      send(client, loops.listeners().getFirst(), numbered(1, 1_000));
      assertThat(bytes(receive(peer))).isEqualTo(numbered(1, 1_000));
    }
  }

  @Test
  void opensNoSocketWhereAPortIsTaken() throws IOException {
    IpAddress ip = IpAddress.parse("127.0.0.1");
    try (DatagramSocket peer = socket(ip);
        LinuxRelayLoops loops = start(ip, 1, peer)) {
      ForwardEngine engine = engines.getFirst();
      List<Object> opened = Collections.synchronizedList(new ArrayList<>());
      engine
          .shard
          .loop()
          .execute(() -> {
            opened.add(
                String.valueOf(
                    engine.shard.sockets().open(IpFamily.V4, peer.getLocalPort(), engine)));
            opened.add(String.valueOf(engine.shard.sockets().open(IpFamily.V6, 50_000, engine)));
          });
      await().untilAsserted(() -> assertThat(opened).containsExactly("null", "null"));
      assertThat(loops.listeners()).hasSize(1);
    }
  }

  @Test
  void servesOnWhenWhatIsDueFails() throws IOException {
    IpAddress ip = IpAddress.parse("127.0.0.1");
    try (DatagramSocket client = socket(ip);
        DatagramSocket peer = socket(ip);
        LinuxRelayLoops loops = start(ip, 1, peer)) {
      ForwardEngine engine = engines.getFirst();
      engine.shard.loop().execute(() -> engine.failsNext = true);
      await()
          .untilAsserted(
              () -> assertThat(loops.counts().getFirst().get(Count.ENGINE_FAILURES)).isEqualTo(1));
      send(client, loops.listeners().getFirst(), numbered(1, 100));
      assertThat(bytes(receive(peer))).isEqualTo(numbered(1, 100));
    }
  }

  @Test
  void dropsDtlsWhereNoneIsServed() throws IOException {
    IpAddress ip = IpAddress.parse("127.0.0.1");
    try (DatagramSocket client = socket(ip);
        DatagramSocket peer = socket(ip);
        LinuxRelayLoops loops = start(ip, 1, peer)) {
      send(client, loops.listeners().getFirst(), new byte[] {22, (byte) 0xfe, (byte) 0xfd, 0});
      await()
          .untilAsserted(
              () -> assertThat(loops.counts().getFirst().get(Count.DTLS_UNSERVED)).isEqualTo(1));
    }
  }

  @Test
  void leavesItsPortsWhenItIsClosed() throws IOException {
    IpAddress ip = IpAddress.parse("127.0.0.1");
    try (DatagramSocket client = socket(ip);
        DatagramSocket peer = socket(ip)) {
      LinuxRelayLoops loops = start(ip, 2, peer);
      TransportAddress listener = loops.listeners().getFirst();
      assertThatThrownBy(() ->
              LinuxRelayLoops.start(
                  new LinuxRelayConfig(
                      0, 1, List.of(listener), ip, null, 1 << 20, 1 << 20, true, null),
                  (shard, now) -> new ForwardEngine(shard, listener, 0)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(listener.toString());
      for (int i = 0; i < 200; i++) {
        send(client, listener, numbered(i, 300));
      }
      loops.close();
      new DatagramSocket(listener.toSocketAddress()).close();
      client.setSoTimeout(100);
      send(client, listener, numbered(1, 300));
      assertThatThrownBy(() -> receive(client)).isInstanceOf(SocketTimeoutException.class);
    }
  }
}
