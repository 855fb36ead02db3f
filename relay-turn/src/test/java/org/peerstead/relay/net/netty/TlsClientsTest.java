package org.peerstead.relay.net.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakWatch.class)
class TlsClientsTest {
  private static final TestCertificate FIRST = TestCertificate.make("first");
  private static final TestCertificate SECOND = TestCertificate.make("second");

  private static SSLSocket open(Shell shell, String version, String... protocols)
      throws IOException {
    SSLSocket socket =
        (SSLSocket)
            TestCertificate.trusting()
                .getSocketFactory()
                .createSocket(shell.address().getAddress(), shell.address().getPort());
    socket.setSoTimeout(10_000);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setProtocols(new String[] {version});
    parameters.setApplicationProtocols(protocols);
    socket.setSSLParameters(parameters);
    return socket;
  }

  private static Shell start() throws IOException {
    return Shell.start(Shell.config(FIRST::server));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void onePort_shouldServeTlsAndPlainClients(String version) throws IOException {
    try (Shell shell = start();
        Client plain = shell.connect();
        Client tls = new Client(open(shell, version))) {
      byte[] payload = new byte[1_001];
      Arrays.fill(payload, (byte) 3);
      for (Client client : List.of(plain, tls)) {
        client.send(Client.message(3, Client.port(Shell.freePort())));
        assertThat(client.read()).isEqualTo(Client.message(0x0103));
        for (int i = 0; i < 100; i++) {
          client.send(Client.channelData(0x4000, payload));
        }
        for (int i = 0; i < 100; i++) {
          assertThat(client.read()).isEqualTo(Client.channelData(0x4000, payload));
        }
      }
      assertThat(((SSLSocket) tls.socket).getSession().getProtocol()).isEqualTo(version);
      tls.close();
      plain.close();
      await().untilAsserted(() -> assertThat(shell.engines.closed).hasValue(2));
      assertThat(shell.counts().tlsHandshakes()).isEqualTo(1);
    }
  }

  @Test
  void newCertificates_shouldCountForNewConnectionsOnly() throws IOException {
    AtomicReference<SSLContext> current = new AtomicReference<>(FIRST.server());
    try (Shell shell = Shell.start(Shell.config(current::get));
        SSLSocket before = open(shell, "TLSv1.3")) {
      Client old = new Client(before);
      old.send(Client.message(1)).read();
      current.set(SECOND.server());
      try (SSLSocket after = open(shell, "TLSv1.3")) {
        new Client(after).send(Client.message(1)).read();
        assertThat(after.getSession().getPeerCertificates()).containsExactly(SECOND.certificate());
      }
      assertThat(before.getSession().getPeerCertificates()).containsExactly(FIRST.certificate());
      assertThat(old.send(Client.message(1)).read()).isEqualTo(Client.message(0x0101));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0301", "0302"})
  void oldVersions_shouldBeRefused(String version) throws IOException {
    // A ClientHello of TLS 1.0 or 1.1 with two ciphers of that time and two curves.
    String hello =
        version
            + "11".repeat(32)
            + "00"
            + "0004c013c014"
            + "0100"
            + "0012"
            + "000a000400020017"
            + "000b00020100"
            + "ff01000100";
    hello = hello.replace("0012000a", "0013000a");
    byte[] body = HexFormat.of().parseHex(hello);
    ByteBuffer record =
        ByteBuffer.allocate(9 + body.length)
            .put((byte) 0x16)
            .putShort((short) 0x0301)
            .putShort((short) (4 + body.length))
            .putInt(0x0100_0000 | body.length)
            .put(body);
    try (Shell shell = start();
        Client client = shell.connect()) {
      client.send(record.array());
      byte[] alert = client.in.readNBytes(7);
      assertThat(alert[0]).isEqualTo((byte) 0x15);
      assertThat(alert[5]).as("fatal").isEqualTo((byte) 2);
      assertThat(alert[6]).as("protocol_version").isEqualTo((byte) 70);
      assertThat(client.isEnded()).isTrue();
      await().untilAsserted(() -> assertThat(shell.ended(ConnectionEnd.TLS)).isEqualTo(1));
    }
  }

  @Test
  void protocols_shouldBeOursWhenAnyAreNamed() throws IOException {
    try (Shell shell = start()) {
      try (SSLSocket socket = open(shell, "TLSv1.3", "stun.turn")) {
        socket.startHandshake();
        assertThat(socket.getApplicationProtocol()).isEqualTo("stun.turn");
      }
      try (SSLSocket socket = open(shell, "TLSv1.2", "h2", "stun.nat-discovery")) {
        socket.startHandshake();
        assertThat(socket.getApplicationProtocol()).isEqualTo("stun.nat-discovery");
      }
      try (SSLSocket socket = open(shell, "TLSv1.3", "h2", "http/1.1")) {
        assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
      }
    }
  }

  @Test
  void secondHandshakes_shouldEndOldVersions() throws IOException {
    try (Shell shell = start();
        SSLSocket socket = open(shell, "TLSv1.2")) {
      Client client = new Client(socket);
      client.send(Client.message(1)).read();
      assertThatThrownBy(
              () -> {
                socket.startHandshake();
                client.send(Client.message(1)).read();
              })
          .isInstanceOf(IOException.class);
      await().untilAsserted(() -> assertThat(shell.counts().connections()).isZero());
    }
  }

  @Test
  void http_shouldBeToldShortlyBehindTlsToo() throws IOException {
    try (Shell shell = start();
        Client client = new Client(open(shell, "TLSv1.3"))) {
      client.send("POST / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(client.in.readAllBytes(), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 400 ");
    }
  }

  @Test
  void unfinishedHandshakes_shouldEnd() throws IOException {
    ConnectionBounds bounds =
        new ConnectionBounds(
            10,
            10,
            10,
            Duration.ofMillis(300),
            Duration.ofMillis(300),
            Duration.ofSeconds(9),
            Duration.ofSeconds(9),
            512 * 1024);
    try (Shell shell = Shell.start(Shell.with(Shell.config(FIRST::server), bounds));
        Client begun = shell.connect();
        Client silent = new Client(open(shell, "TLSv1.3"));
        Client rubbish = shell.connect();
        Client flood = shell.connect()) {
      begun.send(new byte[] {0x16, 3, 1, 1, 0, 1, 0});
      ((SSLSocket) silent.socket).startHandshake();
      rubbish.send(new byte[] {0x16, 'r', 'u', 'b', 'b', 'i', 's', 'h', 0, 0, 0, 0});
      byte[] endless = new byte[16_389];
      ByteBuffer.wrap(endless).put((byte) 0x16).putShort((short) 0x0303).putShort((short) 16_384);
      ByteBuffer.wrap(endless, 5, 4).putInt(0x01_7fffff);
      try {
        for (int i = 0; i < 8; i++) {
          flood.send(endless);
        }
      } catch (IOException _) {
        // It may be gone before all has been said.
      }
      assertThat(begun.isEnded()).isTrue();
      assertThat(silent.isEnded()).isTrue();
      assertThat(rubbish.isEnded()).isTrue();
      assertThat(flood.isEnded()).isTrue();
      await()
          .untilAsserted(() -> {
            assertThat(shell.ended(ConnectionEnd.HANDSHAKE_TIMEOUT)).isEqualTo(1);
            assertThat(shell.ended(ConnectionEnd.FIRST_REQUEST_TIMEOUT)).isEqualTo(1);
            assertThat(shell.ended(ConnectionEnd.TLS)).isEqualTo(2);
          });
      assertThat(shell.engines.frames).hasValue(0);
    }
  }

  @Test
  void slowReaders_shouldLoseTheNewestOverTlsToo() throws IOException {
    try (Shell shell = start();
        Client client = new Client(open(shell, "TLSv1.3"))) {
      client.send(Client.message(3, Client.port(Shell.freePort()))).read();
      byte[] payload = new byte[60_000];
      int sent = 400;
      Thread.ofVirtual()
          .start(() -> {
            try {
              for (int i = 0; i < sent; i++) {
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
      for (int i = 0; i < sent - shell.engines.refusedSends.get(); i++) {
        assertThat(client.read()).hasSize(60_004);
      }
      client.send(Client.message(1));
      assertThat(client.read()).isEqualTo(Client.message(0x0101));
    }
  }
}
