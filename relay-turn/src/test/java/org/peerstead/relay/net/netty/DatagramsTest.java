package org.peerstead.relay.net.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.relay.net.dtls.DatagramSessions;
import org.peerstead.relay.net.dtls.RawDatagrams;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ClientTransport;

@ExtendWith(LeakWatch.class)
class DatagramsTest {
  private static DatagramSocket socket(IpAddress address) throws IOException {
    DatagramSocket socket = new DatagramSocket(new TransportAddress(address, 0).toSocketAddress());
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static void send(DatagramSocket from, byte[] bytes, InetSocketAddress to)
      throws IOException {
    from.send(new DatagramPacket(bytes, bytes.length, to));
  }

  private static byte[] receive(DatagramSocket at) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
    at.receive(packet);
    return Arrays.copyOf(packet.getData(), packet.getLength());
  }

  private static byte[] askForRelay(int port, boolean isV6) {
    byte[] wanted = Client.port(port);
    wanted[0] = (byte) (isV6 ? 2 : 1);
    return Client.message(3, wanted);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void relaySockets_shouldCarryDatagramsOfStreamClientsBothWays(boolean isV6) throws IOException {
    IpAddress relay = isV6 ? Shell.V6 : Shell.V4;
    int port = Shell.freePort();
    InetSocketAddress relayed = new TransportAddress(relay, port).toSocketAddress();
    try (Shell shell = Shell.start();
        Client client = shell.connect();
        DatagramSocket peer = socket(relay)) {
      assertThat(client.send(askForRelay(port, isV6)).read()).isEqualTo(Client.message(0x0103));
      for (int size : new int[] {0, 1, 160, 1_200, 9_000}) {
        byte[] payload = new byte[size];
        Arrays.fill(payload, (byte) size);
        send(peer, payload, relayed);
        assertThat(client.read()).isEqualTo(Client.channelData(0x4000, payload));
        client.send(Client.channelData(0x4000, payload));
        assertThat(receive(peer)).isEqualTo(payload);
      }
      client.close();
      await()
          .untilAsserted(() -> {
            // The port is free again.
            new DatagramSocket(relayed).close();
          });
    }
  }

  @Test
  void takenPorts_shouldBeRefused() throws IOException {
    try (Shell shell = Shell.start();
        Client client = shell.connect();
        DatagramSocket other = socket(Shell.V4)) {
      assertThat(client.send(askForRelay(other.getLocalPort(), false)).read())
          .isEqualTo(Client.message(0x0113));
    }
  }

  @Test
  void largeDatagrams_shouldBeDroppedWhenFragmentsAreForbidden() throws IOException {
    int port = Shell.freePort();
    try (Shell shell = Shell.start();
        Client client = shell.connect();
        DatagramSocket peer = socket(Shell.V4)) {
      client.send(askForRelay(port, false)).read();
      send(peer, new byte[1], new TransportAddress(Shell.V4, port).toSocketAddress());
      client.read();
      shell.engines.engines.forEach(engine -> engine.forbidsFragments = true);
      // The loopback interface takes 65,536 bytes, headers included; the longest payload has more.
      client.send(Client.channelData(0x4000, new byte[1_000]));
      assertThat(receive(peer)).hasSize(1_000);
      client.send(Client.channelData(0x4000, new byte[65_535]));
      await().untilAsserted(() -> assertThat(shell.counts().socketDrops()).isPositive());
      shell.engines.engines.forEach(engine -> engine.forbidsFragments = false);
      client.send(Client.channelData(0x4000, new byte[60_000]));
      assertThat(receive(peer)).hasSize(60_000);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void udpClients_shouldBeServedOnTheSamePort(boolean isV6) throws IOException {
    IpAddress address = isV6 ? Shell.V6 : Shell.V4;
    List<TransportAddress> listeners =
        List.of(new TransportAddress(Shell.V4, 0), new TransportAddress(Shell.V6, 0));
    try (Shell shell =
        Shell.start(base ->
            Shell.listening(base, listeners, Set.of(ClientTransport.TCP, ClientTransport.UDP)))) {
      InetSocketAddress relayListener = shell.loops.listeners().get(isV6 ? 1 : 0).toSocketAddress();
      int port = Shell.freePort();
      InetSocketAddress relayed = new TransportAddress(address, port).toSocketAddress();
      try (DatagramSocket client = socket(address);
          DatagramSocket peer = socket(address);
          Client stream = Client.connect(relayListener)) {
        send(client, Client.message(1, new byte[8]), relayListener);
        assertThat(receive(client)).isEqualTo(Client.message(0x0101, new byte[8]));
        send(client, askForRelay(port, isV6), relayListener);
        assertThat(receive(client)).isEqualTo(Client.message(0x0103));
        for (int size : new int[] {0, 1, 160, 1_201, 60_000}) {
          byte[] payload = new byte[size];
          Arrays.fill(payload, (byte) 5);
          send(peer, payload, relayed);
          byte[] got = receive(client);
          assertThat(got).hasSize(4 + size);
          assertThat(Arrays.copyOfRange(got, 4, got.length)).isEqualTo(payload);
          send(client, got, relayListener);
          assertThat(receive(peer)).isEqualTo(payload);
        }
        for (int size = 1; size < 9; size++) {
          send(client, Client.message(2, new byte[] {0, 0, 0, (byte) size}), relayListener);
          byte[] answer = receive(client);
          assertThat(answer).hasSize(20 + (size + 3 & ~3));
          for (int i = 20 + size; i < answer.length; i++) {
            assertThat(answer[i]).isZero();
          }
        }
        stream.send(Client.message(1)).read();
      }
      assertThat(shell.engines.listeners).containsExactly(isV6 ? 1 : 0);
    }
  }

  /** Answers each datagram of DTLS with its bytes reversed, and each deadline with one more. */
  private static final class EchoSessions implements DatagramSessions {
    static final AtomicInteger CLOSED = new AtomicInteger();
    private final RawDatagrams output;
    private @Nullable Runnable due;
    private long dueNanos = Long.MAX_VALUE;

    EchoSessions(RawDatagrams output) {
      this.output = output;
    }

    @Override
    public void receive(
        int listener,
        IpFamily family,
        long high,
        long low,
        int port,
        MemorySegment memory,
        long offset,
        int length,
        long nowNanos) {
      byte[] bytes = memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
      byte[] answer = new byte[length + 2];
      for (int i = 0; i < length; i++) {
        answer[length - i] = bytes[i];
      }
      output.send(listener, family, high, low, port, answer, 1, length);
      dueNanos = nowNanos + 20_000_000;
      due = () -> output.send(listener, family, high, low, port, new byte[] {99}, 0, 1);
    }

    @Override
    public void advance(long nowNanos) {
      Runnable action = due;
      if (action != null && nowNanos - dueNanos >= 0) {
        due = null;
        dueNanos = Long.MAX_VALUE;
        action.run();
      }
    }

    @Override
    public long nextDeadlineNanos() {
      return dueNanos;
    }

    @Override
    public void close(long nowNanos) {
      CLOSED.incrementAndGet();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void dtls_shouldGoToItsSessions(boolean isV6) throws IOException {
    IpAddress address = isV6 ? Shell.V6 : Shell.V4;
    EchoSessions.CLOSED.set(0);
    try (Shell shell =
            Shell.start(base ->
                new NettyRelayConfig(
                    base.firstLoop(),
                    base.loops(),
                    List.of(new TransportAddress(address, 0)),
                    Set.of(ClientTransport.DTLS),
                    null,
                    (engine, listeners, output, loop) -> new EchoSessions(output),
                    base.relayV4(),
                    base.relayV6(),
                    false,
                    base.trustedProxy(),
                    base.bounds()));
        DatagramSocket client = socket(address)) {
      InetSocketAddress relay = shell.loops.listeners().getFirst().toSocketAddress();
      // Plain clients are not served here.
      send(client, Client.message(1), relay);
      send(client, new byte[] {22, 1, 2, 63}, relay);
      assertThat(receive(client)).containsExactly(63, 2, 1, 22);
      assertThat(receive(client)).containsExactly(99);
      assertThat(shell.engines.frames).hasValue(0);
    }
    assertThat(EchoSessions.CLOSED).hasValue(2);
  }

  @Test
  void dtls_shouldNotReachTheEngine() throws IOException {
    List<TransportAddress> listeners = List.of(new TransportAddress(Shell.V4, 0));
    try (Shell shell =
            Shell.start(base -> Shell.listening(base, listeners, Set.of(ClientTransport.UDP)));
        DatagramSocket client = socket(Shell.V4)) {
      InetSocketAddress relay = shell.loops.listeners().getFirst().toSocketAddress();
      send(client, new byte[] {22, 1, 2, 3, 4}, relay);
      send(client, new byte[0], relay);
      send(client, Client.message(1), relay);
      assertThat(receive(client)).isEqualTo(Client.message(0x0101));
      assertThat(shell.engines.frames).hasValue(1);
    }
  }

  @Test
  void udpClients_shouldStayWithOneEngine() throws IOException {
    List<TransportAddress> listeners = List.of(new TransportAddress(Shell.V4, 0));
    try (Shell shell =
        Shell.start(base -> Shell.listening(base, listeners, Set.of(ClientTransport.UDP)))) {
      InetSocketAddress relay = shell.loops.listeners().getFirst().toSocketAddress();
      assertThat(shell.engines.engines).hasSize(2);
      for (int i = 0; i < 20; i++) {
        int port = Shell.freePort();
        try (DatagramSocket client = socket(Shell.V4);
            DatagramSocket peer = socket(Shell.V4)) {
          send(client, askForRelay(port, false), relay);
          assertThat(receive(client)).isEqualTo(Client.message(0x0103));
          send(peer, new byte[] {1}, new TransportAddress(Shell.V4, port).toSocketAddress());
          byte[] got = receive(client);
          send(client, got, relay);
          assertThat(receive(peer)).containsExactly(1);
        }
      }
    }
  }
}
