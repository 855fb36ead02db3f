package org.peerstead.relay.net.dtls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peerstead.relay.RelayServer;
import org.peerstead.relay.RelayServerConfig;
import org.peerstead.relay.net.netty.ConnectionBounds;
import org.peerstead.relay.net.tls.TestIdentity;
import org.peerstead.relay.net.tls.TlsMaterial;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.StunMessage;
import org.peerstead.relay.stun.StunMethod;
import org.peerstead.relay.stun.StunWriter;
import org.peerstead.relay.stun.TransactionId;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ClientTransport;
import org.peerstead.relay.turn.EndReason;
import org.peerstead.relay.turn.RelayEvents;
import org.peerstead.relay.turn.SessionView;
import org.peerstead.relay.turn.testbed.TestUsers;

/** A whole relay against the client of OpenSSL, which checks the certificate too. */
class OpensslTest {
  private static final int BINDING_ANSWER_BYTES = 32;

  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path directory;

  private static boolean hasOpenssl() {
    try {
      return new ProcessBuilder("openssl", "version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "EC, true, ECDHE-ECDSA-AES128-GCM-SHA256",
    "EC, false, ECDHE-ECDSA-CHACHA20-POLY1305",
    "RSA, false, ECDHE-RSA-AES256-GCM-SHA384"
  })
  void isAnsweredOverDtls(String kind, boolean isPortable, String cipher) throws Exception {
    assumeTrue(hasOpenssl(), "skipped: there is no openssl on this machine");
    TestIdentity identity =
        kind.equals("EC") ? TestIdentity.elliptic("127.0.0.1") : TestIdentity.rsa("127.0.0.1");
    Path chain = Files.writeString(directory.resolve("chain.pem"), identity.chainPem());
    Path key = Files.writeString(directory.resolve("key.pem"), identity.traditionalPem());
    IpAddress ip = IpAddress.parse("127.0.0.1");
    byte[] secret = new byte[32];
    new SecureRandom().nextBytes(secret);
    RelayServerConfig config =
        RelayServerConfig.of(ip, 0, secret)
            .withListening(
                new RelayServerConfig.Listening(
                    List.of(new TransportAddress(ip, 0)),
                    Set.of(ClientTransport.UDP, ClientTransport.DTLS),
                    TlsMaterial.load(chain, key),
                    ConnectionBounds.DEFAULTS,
                    List.of(),
                    null))
            .withRunning(new RelayServerConfig.Running(2, 1, isPortable, 1 << 20, 1 << 20));
    try (RelayServer relay = RelayServer.start(config, new TestUsers(), new Silence())) {
      Process openssl =
          new ProcessBuilder(
                  "openssl",
                  "s_client",
                  "-dtls1_2",
                  "-quiet",
                  "-verify_return_error",
                  "-CAfile",
                  chain.toString(),
                  "-cipher",
                  cipher,
                  "-connect",
                  relay.listeners().getFirst().toString())
              .redirectError(directory.resolve("errors").toFile())
              .start();
      try {
        openssl
            .getOutputStream()
            .write(StunWriter.request(StunMethod.BINDING, new TransactionId(1, 2)).toBytes());
        openssl.getOutputStream().flush();
        byte[] answer = openssl.getInputStream().readNBytes(BINDING_ANSWER_BYTES);
        assertThat(answer)
            .as(Files.readString(directory.resolve("errors")))
            .hasSize(BINDING_ANSWER_BYTES);
        assertThat(StunMessage.parse(answer).method()).isEqualTo(StunMethod.BINDING);
        DtlsCounts counts = relay.dtlsCounts();
        assertThat(counts).isNotNull();
        assertThat(counts.established()).isEqualTo(1);
        assertThat(counts.challenges()).isEqualTo(1);
      } finally {
        openssl.destroy();
        assertThat(openssl.waitFor(5, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  private static final class Silence implements RelayEvents {
    @Override
    public void opened(SessionView session) {}

    @Override
    public void closed(SessionView session, EndReason reason) {}
  }
}
