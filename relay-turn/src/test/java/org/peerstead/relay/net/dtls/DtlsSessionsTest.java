package org.peerstead.relay.net.dtls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.CipherSuite;
import org.bouncycastle.tls.ProtocolVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.relay.net.dtls.DtlsClient.Fate;
import org.peerstead.relay.net.tls.TestIdentity;
import org.peerstead.relay.net.tls.TlsMaterial;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ClientTransport;

class DtlsSessionsTest {
  private static final TestIdentity ELLIPTIC = TestIdentity.elliptic("relay.test");
  private static final TestIdentity RSA = TestIdentity.rsa("relay.test");
  private static final int PORT = 1_000;
  private static final int HANDSHAKE = 22;
  private static final int DATA = 23;

  private static DtlsBed bed(DtlsLimits limits) {
    return new DtlsBed(ELLIPTIC.material()::current, limits);
  }

  private static DtlsBed bed() {
    return bed(DtlsLimits.DEFAULTS);
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    bytes[0] = 1;
    return bytes;
  }

  private static DtlsLimits limits(int handshakes, int perSource, Duration handshake) {
    return new DtlsLimits(
        100, 50, handshakes, perSource, handshake, Duration.ofSeconds(30), Duration.ofMinutes(5));
  }

  @Test
  void carriesMessagesBothWays() throws Exception {
    try (DtlsBed bed = bed()) {
      DtlsClient client = DtlsClient.plain(bed, PORT).connect();
      for (int length : new int[] {1, 20, 1_200, 16_384}) {
        assertThat(client.isEchoed(bytes(length))).as("%d bytes", length).isTrue();
      }
      assertThat(bed.paths).hasSize(1);
      assertThat(bed.paths.getFirst().transport()).isEqualTo(ClientTransport.DTLS);
      assertThat(bed.paths.getFirst().client())
          .isEqualTo(new TransportAddress(DtlsBed.CLIENT, PORT));
      assertThat(bed.counts().sessions()).isEqualTo(1);
      assertThat(bed.counts().handshakes()).isZero();
      assertThat(bed.counts().challenges()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        CipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
      })
  void agreesOnCiphersWithAnRsaKey(int suite) throws Exception {
    try (DtlsBed bed = new DtlsBed(RSA.material()::current, DtlsLimits.DEFAULTS)) {
      DtlsClient client = DtlsClient.plain(bed, PORT);
      client.suites = new int[] {suite};
      assertThat(client.connect().isEchoed(bytes(100))).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
      })
  void agreesOnCiphersWithAnEllipticKey(int suite) throws Exception {
    try (DtlsBed bed = bed()) {
      DtlsClient client = DtlsClient.plain(bed, PORT);
      client.suites = new int[] {suite};
      assertThat(client.connect().isEchoed(bytes(100))).isTrue();
    }
  }

  @Test
  void refusesOldVersionsAndCiphers() throws Exception {
    try (DtlsBed bed = bed()) {
      DtlsClient old = DtlsClient.plain(bed, PORT);
      old.versions = ProtocolVersion.DTLSv10.only();
      old.suites = new int[] {CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA};
      assertThatThrownBy(old::connect).isInstanceOf(IOException.class);
      assertThat(old.alert).isEqualTo(AlertDescription.protocol_version);

      DtlsClient weak = DtlsClient.plain(bed, PORT + 1);
      weak.suites = new int[] {CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256};
      assertThatThrownBy(weak::connect).isInstanceOf(IOException.class);
      assertThat(weak.alert).isEqualTo(AlertDescription.handshake_failure);

      await().untilAsserted(() -> assertThat(bed.ended(DtlsEnd.HANDSHAKE)).isEqualTo(2));
      assertThat(bed.counts().handshakes()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void agreesOverABadNetwork(long seed) throws Exception {
    Random random = new Random(seed);
    AtomicInteger datagrams = new AtomicInteger();
    try (DtlsBed bed = bed()) {
      DtlsClient client =
          new DtlsClient(
              bed,
              PORT,
              (isFromClient, datagram) -> {
                boolean isHandshake = datagram[0] != DATA;
                synchronized (random) {
                  datagrams.incrementAndGet();
                  return isHandshake && random.nextInt(100) < 30
                      ? Fate.values()[1 + random.nextInt(3)]
                      : Fate.ARRIVES;
                }
              });
      client.connect();
      assertThat(client.isEchoed(bytes(50))).as("seed %d", seed).isTrue();
      assertThat(bed.counts().established()).isEqualTo(1);
      assertThat(datagrams).hasPositiveValue();
    }
  }

  @Test
  void saysTheEndOfTheHandshakeAgainWhenItWasLost() throws Exception {
    AtomicInteger lost = new AtomicInteger();
    try (DtlsBed bed = bed()) {
      DtlsClient client =
          new DtlsClient(
              bed,
              PORT,
              (isFromClient, datagram) -> {
                boolean isFinished = datagram[0] == HANDSHAKE && datagram[4] == 1;
                return !isFromClient && isFinished && lost.incrementAndGet() <= 2
                    ? Fate.LOST
                    : Fate.ARRIVES;
              });
      client.connect();
      assertThat(lost).hasValueGreaterThan(2);
      assertThat(client.isEchoed(bytes(50))).isTrue();
    }
  }

  @Test
  void endsWhenTheClientGoes() throws Exception {
    try (DtlsBed bed = bed()) {
      DtlsClient client = DtlsClient.plain(bed, PORT).connect();
      assertThat(client.isEchoed(bytes(5))).isTrue();
      client.leave();
      await().untilAsserted(() -> assertThat(bed.closed).containsExactlyElementsOf(bed.paths));
      assertThat(bed.ended(DtlsEnd.CLIENT)).isEqualTo(1);
      assertThat(bed.counts().sessions()).isZero();
      assertThat(bed.server.places().sources()).isZero();
    }
  }

  @Test
  void endsWhenTheEngineWantsIt() throws Exception {
    try (DtlsBed bed = bed()) {
      DtlsClient client = DtlsClient.plain(bed, PORT).connect();
      assertThat(client.isEchoed(bytes(5))).isTrue();
      bed.onLoop(() -> {
        bed.paths.getFirst().close();
        bed.paths.getFirst().close();
      });
      await().untilAsserted(() -> assertThat(bed.closed).hasSize(1));
      assertThat(bed.ended(DtlsEnd.ENGINE)).isEqualTo(1);
      assertThat(bed.paths.getFirst().send(bytes(5))).as("afterwards").isFalse();
      client.hear(200);
      assertThat(client.alert).isEqualTo(AlertDescription.close_notify);

      DtlsClient second = DtlsClient.plain(bed, PORT + 1).connect();
      second.say(DtlsBed.RUBBISH);
      await().untilAsserted(() -> assertThat(bed.ended(DtlsEnd.FRAMING)).isEqualTo(1));
      assertThat(bed.closed).hasSize(2);
    }
  }

  @Test
  void endsWhatIsNotSettledForLong() throws Exception {
    try (DtlsBed bed = bed()) {
      DtlsClient client = DtlsClient.plain(bed, PORT).connect();
      assertThat(client.isEchoed(bytes(5))).isTrue();
      bed.isSettled = true;
      bed.pass(Duration.ofMinutes(10).toNanos());
      bed.isSettled = false;
      bed.pass(Duration.ofSeconds(2).toNanos());
      bed.pass(Duration.ofSeconds(28).toNanos());
      assertThat(client.isEchoed(bytes(5))).as("after 28 s").isTrue();
      bed.pass(Duration.ofSeconds(3).toNanos());
      assertThat(bed.ended(DtlsEnd.UNSETTLED_TIMEOUT)).isEqualTo(1);
      assertThat(bed.closed).hasSize(1);
      bed.pass(Duration.ofSeconds(2).toNanos());
      assertThat(bed.sessions.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    }
  }

  @Test
  void endsAllWithTheLoop() throws Exception {
    DtlsBed bed = bed();
    DtlsClient client = DtlsClient.plain(bed, PORT).connect();
    assertThat(client.isEchoed(bytes(5))).isTrue();
    bed.close();
    assertThat(bed.closed).hasSize(1);
    assertThat(bed.ended(DtlsEnd.SHUTDOWN)).isEqualTo(1);
    assertThat(bed.counts().sessions()).isZero();
  }

  @Test
  void letsAClientBeginAnewFromItsPort() throws Exception {
    AtomicReference<byte[]> hello = new AtomicReference<>();
    try (DtlsBed bed = bed()) {
      DtlsClient first =
          new DtlsClient(
              bed,
              PORT,
              (isFromClient, datagram) -> {
                if (isFromClient && HandshakeRecords.isClientHello(datagram, datagram.length)) {
                  hello.set(datagram);
                }
                return Fate.ARRIVES;
              });
      first.connect();
      assertThat(first.isEchoed(bytes(5))).isTrue();
      bed.arriveNow(DtlsBed.CLIENT, PORT, hello.get());
      assertThat(first.isEchoed(bytes(6))).as("the same hello again changes nothing").isTrue();

      DtlsClient second = DtlsClient.plain(bed, PORT).connect();
      assertThat(second.isEchoed(bytes(7))).isTrue();
      assertThat(bed.ended(DtlsEnd.REPLACED)).isEqualTo(1);
      assertThat(bed.closed).hasSize(1);
      assertThat(bed.counts().sessions()).isEqualTo(1);
    }
  }

  @Test
  void showsANewCertificateToNewClients() throws Exception {
    AtomicReference<TlsMaterial> material = new AtomicReference<>(ELLIPTIC.material());
    try (DtlsBed bed = new DtlsBed(() -> material.get().current(), DtlsLimits.DEFAULTS)) {
      DtlsClient first = DtlsClient.plain(bed, PORT).connect();
      assertThat(first.serverCertificate).isEqualTo(ELLIPTIC.certificate().getEncoded());
      material.set(RSA.material());
      DtlsClient second = DtlsClient.plain(bed, PORT + 1).connect();
      assertThat(second.serverCertificate).isEqualTo(RSA.certificate().getEncoded());
      assertThat(first.isEchoed(bytes(9))).isTrue();
    }
  }

  @Test
  void dropsWhatBelongsToNobody() throws Exception {
    try (DtlsBed bed = bed()) {
      DtlsClient client = DtlsClient.plain(bed, PORT).connect();
      assertThat(client.isEchoed(bytes(5))).isTrue();
      int before = bed.answered.get();
      bed.arriveNow(DtlsBed.CLIENT, PORT + 1, client.lastSent());
      bed.arriveNow(IpAddress.parse("192.0.2.2"), PORT, client.lastSent());
      assertThat(bed.dropped(DtlsDrop.UNKNOWN_SENDER)).isEqualTo(2);
      assertThat(bed.answered).hasValue(before);
    }
  }

  /** Whoever can forge the client's address must not be able to end its session. */
  @Test
  void survivesForgedRecords() throws Exception {
    try (DtlsBed bed = bed()) {
      DtlsClient client = DtlsClient.plain(bed, PORT).connect();
      assertThat(client.isEchoed(bytes(5))).isTrue();
      byte[] seen = client.lastSent();
      for (int type = 20; type < 64; type++) {
        for (int length : new int[] {0, 1, 7, 8, 23, 24, 25, 100}) {
          for (int epoch = 0; epoch < 3; epoch++) {
            byte[] forged = Arrays.copyOf(seen, 13 + length);
            forged[0] = (byte) type;
            forged[4] = (byte) epoch;
            forged[10] = (byte) 200;
            forged[11] = 0;
            forged[12] = (byte) length;
            bed.arriveNow(DtlsBed.CLIENT, PORT, forged);
          }
        }
      }
      bed.arriveNow(DtlsBed.CLIENT, PORT, Arrays.copyOf(seen, seen.length - 1));
      bed.arriveNow(DtlsBed.CLIENT, PORT, new byte[] {23});
      bed.arriveNow(DtlsBed.CLIENT, PORT, seen);
      assertThat(client.isEchoed(bytes(6))).isTrue();
      assertThat(bed.counts().sessions()).isEqualTo(1);
      assertThat(bed.dropped(DtlsDrop.RECORD)).isGreaterThan(1_000);
      assertThat(bed.dropped(DtlsDrop.MALFORMED)).isEqualTo(2);
    }
  }

  @Test
  void keepsNothingOfClientsWithoutACookie() throws Exception {
    try (DtlsBed bed = bed()) {
      byte[] hello = firstHello(bed);
      long challenges = bed.counts().challenges();
      long bytes = bed.answeredBytes;
      int floods = 100_000;
      bed.onLoop(() -> {
        for (int i = 0; i < floods; i++) {
          bed.receive(IpAddress.v4(0x0a00_0000 + i % 5_000), 1 + i / 5_000, hello);
        }
      });
      assertThat(bed.counts().challenges() - challenges).isEqualTo(floods);
      assertThat(bed.answeredBytes - bytes).isLessThanOrEqualTo((long) floods * hello.length);
      assertThat(bed.counts().sessions() + bed.counts().handshakes()).isZero();
      assertThat(bed.server.places().sources()).isZero();
    }
  }

  /** The hello of a client that never hears anything. */
  private static byte[] firstHello(DtlsBed bed) {
    return hello(bed, 9_999, false);
  }

  /**
   * A hello that arrived nowhere.
   *
   * @param hasCookie whether the client was asked for a cookie before, and has it
   */
  private static byte[] hello(DtlsBed bed, int port, boolean hasCookie) {
    AtomicReference<byte[]> kept = new AtomicReference<>();
    AtomicInteger hellos = new AtomicInteger();
    DtlsClient client =
        new DtlsClient(
            bed,
            port,
            (isFromClient, datagram) -> {
              if (!isFromClient || hellos.getAndIncrement() < (hasCookie ? 1 : 0)) {
                return Fate.ARRIVES;
              }
              kept.compareAndSet(null, datagram);
              return Fate.LOST;
            });
    Thread connecting =
        Thread.ofVirtual()
            .start(() -> {
              try {
                client.connect();
              } catch (IOException e) {
                // It ends with the test.
              }
            });
    byte[] hello = await().until(kept::get, java.util.Objects::nonNull);
    connecting.interrupt();
    return hello;
  }

  @Test
  void takesACookieOnlyFromWhomItWasGivenToAndNotForLong() throws Exception {
    try (DtlsBed bed = bed()) {
      byte[] hello = hello(bed, PORT, true);
      bed.arriveNow(DtlsBed.CLIENT, PORT + 1, hello);
      bed.arriveNow(IpAddress.parse("192.0.2.2"), PORT, hello);
      assertThat(bed.counts().handshakes()).isZero();

      bed.pass(Duration.ofMinutes(6).toNanos());
      bed.arriveNow(DtlsBed.CLIENT, PORT, hello);
      assertThat(bed.counts().handshakes()).as("made with the secret before").isEqualTo(1);

      byte[] other = hello(bed, PORT + 2, true);
      bed.pass(Duration.ofMinutes(11).toNanos());
      bed.arriveNow(DtlsBed.CLIENT, PORT + 2, other);
      assertThat(bed.counts().handshakes()).as("too old").isEqualTo(1);
    }
  }

  @Test
  void boundsHandshakesPerSourceAndInAll() throws Exception {
    try (DtlsBed bed = bed(limits(3, 2, Duration.ofSeconds(1)))) {
      for (int i = 0; i < 4; i++) {
        bed.arriveNow(DtlsBed.CLIENT, PORT + i, hello(bed, PORT + i, true));
      }
      assertThat(bed.counts().handshakes()).isEqualTo(2);
      assertThat(bed.ended(DtlsEnd.TOO_MANY_HANDSHAKES_OF_SOURCE)).isEqualTo(2);
      await().untilAsserted(() -> assertThat(bed.counts().handshakes()).isZero());
      assertThat(bed.ended(DtlsEnd.HANDSHAKE_TIMEOUT)).isEqualTo(2);
      assertThat(bed.server.places().sources()).isZero();
      assertThat(bed.closed).as("the engine never knew them").isEmpty();
    }
  }

  @Test
  void boundsWhatAHandshakeMakesRoomFor() throws Exception {
    try (DtlsBed bed = bed(limits(10, 10, Duration.ofSeconds(5)))) {
      byte[] hello = hello(bed, PORT, true);
      bed.arriveNow(DtlsBed.CLIENT, PORT, hello);
      byte[] huge = Arrays.copyOf(hello, 13 + 12 + 1);
      huge[11] = 0;
      huge[12] = 13;
      huge[13] = 16;
      huge[14] = (byte) 0xff;
      huge[22] = 0;
      huge[23] = 0;
      huge[24] = 1;
      for (int i = 0; i < 16; i++) {
        huge[18] = (byte) (2 + i);
        bed.arriveNow(DtlsBed.CLIENT, PORT, huge);
      }
      assertThat(bed.dropped(DtlsDrop.MALFORMED)).isEqualTo(16);
      byte[] small = huge.clone();
      small[14] = 0;
      for (int i = 0; i < 5_000; i++) {
        bed.arrive(PORT, small);
      }
      bed.arriveNow(DtlsBed.CLIENT, PORT, small);
      assertThat(bed.counts().handshakes()).isEqualTo(1);
    }
  }
}
