package org.peerstead.relay.net.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.quota.QuotaLimits;

/** TCP allocations (RFC 6062): control connections, data connections and peers. */
@ExtendWith(LeakWatch.class)
class TcpPeersTest {
  private static final TestCertificate CERTIFICATE = TestCertificate.make("relay");

  private enum Kind {
    TCP,
    TLS_1_2,
    TLS_1_3
  }

  /** A client with a TCP allocation. */
  private static final class Allocated implements AutoCloseable {
    final Shell shell;
    final Kind kind;
    final Client control;
    final InetSocketAddress relayed;

    Allocated(Kind kind) throws IOException {
      this.kind = kind;
      shell = Shell.start(Shell.config(CERTIFICATE::server));
      control = open();
      int port = Shell.freePort();
      relayed = new TransportAddress(Shell.V4, port).toSocketAddress();
      assertThat(control.send(Client.message(6, Client.port(port))).read())
          .isEqualTo(Client.message(0x0106));
    }

    Client open() throws IOException {
      if (kind == Kind.TCP) {
        return shell.connect();
      }
      Socket socket =
          TestCertificate.trusting()
              .getSocketFactory()
              .createSocket(shell.address().getAddress(), shell.address().getPort());
      ((javax.net.ssl.SSLSocket) socket)
          .setEnabledProtocols(new String[] {kind == Kind.TLS_1_2 ? "TLSv1.2" : "TLSv1.3"});
      return new Client(socket);
    }

    /** A data connection, joined; what follows the request in one segment belongs to the peer. */
    Client join(byte[] number, byte... following) throws IOException {
      Client data = open();
      byte[] request = Client.message(11, number);
      byte[] both = Arrays.copyOf(request, request.length + following.length);
      System.arraycopy(following, 0, both, request.length, following.length);
      data.send(both);
      assertThat(data.read()).isEqualTo(Client.message(0x010b));
      return data;
    }

    /** The number of a connection from a message about it. */
    byte[] number(int type) throws IOException {
      byte[] message = control.read();
      assertThat(ByteBuffer.wrap(message).getShort()).isEqualTo((short) type);
      return Arrays.copyOfRange(message, 20, 24);
    }

    @Override
    public void close() throws IOException {
      control.close();
      shell.close();
    }
  }

  private static CompletableFuture<Void> write(OutputStream to, byte[] bytes) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            to.write(bytes);
            to.flush();
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        },
        Executors.newVirtualThreadPerTaskExecutor());
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void connections_shouldCarryMuchBothWays(Kind kind) throws IOException {
    try (Allocated allocated = new Allocated(kind);
        Socket peer = new Socket()) {
      peer.connect(allocated.relayed);
      peer.setSoTimeout(10_000);
      byte[] early = random(3_000);
      peer.getOutputStream().write(early);
      byte[] up = random(10_000_000);
      byte[] down = random(10_000_001);
      try (Client data = allocated.join(allocated.number(0x001c), Arrays.copyOf(up, 5))) {
        CompletableFuture<Void> upWritten = write(data.out, Arrays.copyOfRange(up, 5, up.length));
        CompletableFuture<Void> downWritten = write(peer.getOutputStream(), down);
        CompletableFuture<byte[]> upRead =
            CompletableFuture.supplyAsync(() -> {
              try {
                return peer.getInputStream().readNBytes(up.length);
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
        assertThat(data.in.readNBytes(early.length)).isEqualTo(early);
        assertThat(Arrays.equals(data.in.readNBytes(down.length), down)).isTrue();
        assertThat(Arrays.equals(upRead.join(), up)).isTrue();
        upWritten.join();
        downWritten.join();
      }
      assertThat(peer.getInputStream().read()).isEqualTo(-1);
      peer.close();
      await()
          .untilAsserted(() -> {
            assertThat(allocated.shell.engines.carriedUp).hasValue(up.length);
            assertThat(allocated.shell.engines.carriedDown).hasValue(down.length + early.length);
            assertThat(allocated.shell.engines.peersEnded).hasValue(1);
            assertThat(allocated.shell.engines.closed).hasValue(1);
          });
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void connections_shouldGoAsFastAsTheQuotaSays(Kind kind) throws IOException {
    try (Allocated allocated = new Allocated(kind);
        Socket peer = new Socket()) {
      // A quarter of a megabyte at once, half a megabyte a second from then on.
      allocated.shell.engines.pace = EchoEngine.pace(new QuotaLimits(0, 0, 0, 4_000_000, 0));
      peer.connect(allocated.relayed);
      peer.setSoTimeout(10_000);
      byte[] bytes = random(600_000);
      try (Client data = allocated.join(allocated.number(0x001c))) {
        long start = System.nanoTime();
        CompletableFuture<Void> upWritten = write(data.out, bytes);
        CompletableFuture<Void> downWritten = write(peer.getOutputStream(), bytes);
        assertThat(Arrays.equals(data.in.readNBytes(bytes.length), bytes)).isTrue();
        assertThat(Arrays.equals(peer.getInputStream().readNBytes(bytes.length), bytes)).isTrue();
        // Not a measurement: the quota forbids to be faster.
        assertThat(System.nanoTime() - start).isGreaterThan(500_000_000);
        upWritten.join();
        downWritten.join();
      }
    }
  }

  @Test
  void connect_shouldLeaveFromTheRelayedPort() throws IOException {
    try (Allocated allocated = new Allocated(Kind.TCP);
        ServerSocket listening = new ServerSocket(0, 1, Shell.V4.toInetAddress())) {
      int port = listening.getLocalPort();
      allocated.control.send(
          Client.message(10, (byte) (port >> 8), (byte) port, (byte) 0, (byte) 0));
      try (Socket peer = listening.accept();
          Client data = allocated.join(allocated.number(0x010a))) {
        assertThat(peer.getRemoteSocketAddress()).isEqualTo(allocated.relayed);
        data.send(new byte[] {1, 2, 3});
        assertThat(peer.getInputStream().readNBytes(3)).containsExactly(1, 2, 3);
        peer.getOutputStream().write(new byte[] {4, 5});
        assertThat(data.in.readNBytes(2)).containsExactly(4, 5);
      }
    }
  }

  @Test
  void connect_shouldSayWhenNobodyIsThere() throws IOException {
    try (Allocated allocated = new Allocated(Kind.TCP)) {
      int port = Shell.freePort();
      allocated.control.send(
          Client.message(10, (byte) (port >> 8), (byte) port, (byte) 0, (byte) 0));
      assertThat(allocated.control.read()).isEqualTo(Client.message(0x011a));
      int own = allocated.relayed.getPort();
      allocated.control.send(Client.message(10, (byte) (own >> 8), (byte) own, (byte) 0, (byte) 0));
      assertThat(allocated.control.read()).isEqualTo(Client.message(0x011a));
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void slowSides_shouldHoldTheOtherOneBack(Kind kind) throws IOException {
    try (Allocated allocated = new Allocated(kind);
        Socket peer = new Socket()) {
      peer.setReceiveBufferSize(8_192);
      peer.connect(allocated.relayed);
      peer.setSoTimeout(10_000);
      byte[] much = random(20_000_000);
      try (Client data = allocated.join(allocated.number(0x001c))) {
        CompletableFuture<Void> written = write(data.out, much);
        // Nobody reads: the writer comes to a stop, and stays there.
        await().during(Duration.ofMillis(600)).untilAsserted(() -> assertThat(written).isNotDone());
        assertThat(allocated.shell.engines.carriedUp.get()).isLessThan(much.length / 2);
        assertThat(Arrays.equals(peer.getInputStream().readNBytes(much.length), much)).isTrue();
        written.join();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"TCP", "TLS_1_3"})
  void halfClosedDirections_shouldLeaveTheOtherOneOpen(Kind kind) throws IOException {
    try (Allocated allocated = new Allocated(kind);
        Socket peer = new Socket()) {
      peer.connect(allocated.relayed);
      peer.setSoTimeout(10_000);
      try (Client data = allocated.join(allocated.number(0x001c))) {
        data.send(new byte[] {1, 2, 3});
        data.socket.shutdownOutput();
        assertThat(peer.getInputStream().readAllBytes()).containsExactly(1, 2, 3);
        byte[] answer = random(300_000);
        peer.getOutputStream().write(answer);
        peer.shutdownOutput();
        assertThat(Arrays.equals(data.in.readAllBytes(), answer)).isTrue();
        await()
            .untilAsserted(() -> assertThat(allocated.shell.counts().connections()).isEqualTo(1));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"TCP", "TLS_1_3"})
  void peersThatFinishFirst_shouldStillBeHeardAndAnswered(Kind kind) throws IOException {
    try (Allocated allocated = new Allocated(kind);
        Socket peer = new Socket()) {
      peer.connect(allocated.relayed);
      peer.setSoTimeout(10_000);
      peer.getOutputStream().write(new byte[] {7, 8});
      peer.shutdownOutput();
      try (Client data = allocated.join(allocated.number(0x001c))) {
        assertThat(data.in.readAllBytes()).containsExactly(7, 8);
        data.send(new byte[] {9});
        data.socket.shutdownOutput();
        assertThat(peer.getInputStream().readAllBytes()).containsExactly(9);
      }
    }
  }

  @Test
  void peersThatWait_shouldNotFillTheRelay() throws IOException {
    try (Allocated allocated = new Allocated(Kind.TCP);
        Socket peer = new Socket()) {
      peer.connect(allocated.relayed);
      peer.setSoTimeout(10_000);
      byte[] much = random(20_000_000);
      byte[] number = allocated.number(0x001c);
      CompletableFuture<Void> written = write(peer.getOutputStream(), much);
      await().during(Duration.ofMillis(400)).untilAsserted(() -> assertThat(written).isNotDone());
      try (Client data = allocated.join(number)) {
        assertThat(Arrays.equals(data.in.readNBytes(much.length), much)).isTrue();
      }
    }
  }

  @Test
  void peersThatLeave_shouldBeKnownToHaveLeft() throws IOException {
    try (Allocated allocated = new Allocated(Kind.TCP)) {
      byte[] number;
      try (Socket peer = new Socket()) {
        peer.connect(allocated.relayed);
        number = allocated.number(0x001c);
        peer.setSoLinger(true, 0);
      }
      await().untilAsserted(() -> assertThat(allocated.shell.engines.peersEnded).hasValue(1));
      try (Client data = allocated.open()) {
        data.send(Client.message(11, number));
        data.read();
        assertThat(data.isEnded()).isTrue();
      }
    }
  }

  @Test
  void allocations_shouldTakeTheirConnectionsAlong() throws IOException {
    try (Allocated allocated = new Allocated(Kind.TCP);
        Socket joined = new Socket();
        Socket waiting = new Socket()) {
      joined.connect(allocated.relayed);
      byte[] number = allocated.number(0x001c);
      waiting.connect(allocated.relayed);
      allocated.number(0x001c);
      try (Client data = allocated.join(number)) {
        allocated.control.close();
        joined.setSoTimeout(10_000);
        waiting.setSoTimeout(10_000);
        assertThat(data.isEnded()).isTrue();
        assertThat(isEnded(joined.getInputStream())).isTrue();
        assertThat(isEnded(waiting.getInputStream())).isTrue();
      }
      await()
          .untilAsserted(() -> {
            assertThat(allocated.shell.engines.closed).hasValue(2);
            assertThat(allocated.shell.engines.peersEnded).hasValue(0);
            new ServerSocket(allocated.relayed.getPort(), 1, Shell.V4.toInetAddress()).close();
          });
    }
  }

  @Test
  void peers_shouldBeBoundedPerAllocation() throws IOException {
    try (Allocated allocated = new Allocated(Kind.TCP)) {
      java.util.List<Socket> peers = new java.util.ArrayList<>();
      for (int i = 0; i < 64; i++) {
        Socket peer = new Socket();
        peer.connect(allocated.relayed);
        peers.add(peer);
        allocated.number(0x001c);
      }
      try (Socket peer = new Socket()) {
        peer.connect(allocated.relayed);
        peer.setSoTimeout(10_000);
        assertThat(isEnded(peer.getInputStream())).isTrue();
      }
      for (Socket peer : peers) {
        peer.close();
      }
    }
  }

  private static boolean isEnded(InputStream in) {
    try {
      return in.read() < 0;
    } catch (java.net.SocketTimeoutException _) {
      return false;
    } catch (IOException _) {
      return true;
    }
  }
}
