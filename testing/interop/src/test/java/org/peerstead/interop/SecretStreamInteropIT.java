package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.hypercore.net.CloseReason;
import org.peerstead.hypercore.net.Connection;
import org.peerstead.hypercore.net.ConnectionOwner;
import org.peerstead.hypercore.net.Mailbox;
import org.peerstead.hypercore.net.NetworkConfig;
import org.peerstead.hypercore.net.PeerNetwork;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseSession;

/** Secret streams with npm's {@code @hyperswarm/secret-stream} in both roles, over TCP. */
class SecretStreamInteropIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int LARGEST_MESSAGE = 16_777_198;

  private final Entropy entropy = new SecureRandom()::nextBytes;
  private final BlockingQueue<Slice> arrived = new LinkedBlockingQueue<>();
  private final CompletableFuture<Connection> connected = new CompletableFuture<>();
  private final CompletableFuture<CloseReason> ended = new CompletableFuture<>();
  private final Mailbox mailbox =
      new Mailbox(
          "owner",
          1000,
          new Mailbox.Turn() {
            @Override
            public long nextDeadlineNanos() {
              return Mailbox.NO_DEADLINE;
            }

            @Override
            public void onDeadline(long nowNanos) {}

            @Override
            public void ended(long nowNanos) {
              Connection connection = connected.getNow(null);
              if (connection != null) {
                connection.flush();
              }
            }
          });
  private final PeerNetwork network =
      new PeerNetwork(
          NetworkConfig.DEFAULT, KeyPair.generate(entropy), entropy, mailbox, new Owner());
  private final JsonLines mirror = JsonLines.start(PinnedPeers.program("secret-stream-peer.mjs"));

  private final class Owner implements ConnectionOwner {
    @Override
    public void connected(Connection connection, NoiseSession session) {
      connected.complete(connection);
    }

    @Override
    public void received(Connection connection, Slice message) {
      arrived.add(message);
    }

    @Override
    public void writable(Connection connection) {}

    @Override
    public void disconnected(Connection connection, CloseReason reason, String detail) {
      ended.complete(reason);
    }
  }

  @AfterEach
  void stop() {
    network.close();
    mailbox.stop(Duration.ofSeconds(5));
    mirror.close();
  }

  private JsonNode ask(String command, Consumer<ObjectNode> fields) {
    ObjectNode request = JsonLines.MAPPER.createObjectNode().put("cmd", command);
    fields.accept(request);
    return mirror.ask(request, PATIENCE);
  }

  private Connection connect(boolean weDial) throws Exception {
    mailbox.start();
    InetAddress loopback = InetAddress.getLoopbackAddress();
    if (weDial) {
      int port = ask("listen", request -> {}).get("port").asInt();
      network.dial(new InetSocketAddress(loopback, port), null);
    } else {
      int port = network.listen(new InetSocketAddress(loopback, 0)).get().getPort();
      ask("dial", request -> request.put("port", port));
    }
    return connected.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void messagesOfAllSizes_shouldComeBackAsTheyWere(boolean weDial) throws Exception {
    Connection connection = connect(weDial);
    assertThat(connection.isInitiator()).isEqualTo(weDial);
    SplittableRandom random = new SplittableRandom(3);
    int[] sizes = {
      1, 15, 16, 17, 63, 64, 65, 127, 128, 129, 1000, 65_535, 65_536, 65_537, 5_000_000
    };
    for (int round = 0; round < 20; round++) {
      for (int size : sizes) {
        if (size < 100_000 || round == 7) {
          assertMirrored(connection, bytes(random, size));
        }
      }
    }
    assertMirrored(connection, bytes(random, LARGEST_MESSAGE));
    assertMirrored(connection, bytes(random, 200));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void manyMessagesAtOnce_shouldKeepTheirOrder(boolean weDial) throws Exception {
    Connection connection = connect(weDial);
    SplittableRandom random = new SplittableRandom(4);
    Slice[] sent = new Slice[5000];
    for (int i = 0; i < sent.length; i++) {
      sent[i] = Slice.of(bytes(random, 1 + random.nextInt(300)));
    }
    mailbox.execute(() -> {
      for (Slice message : sent) {
        connection.send(message);
      }
    });
    for (Slice message : sent) {
      assertThat(arrived.poll(10, TimeUnit.SECONDS)).isEqualTo(message);
    }
  }

  @Test
  void silence_shouldBeFilledWithKeepAlives() throws Exception {
    Connection connection = connect(true);
    Awaitility.await("keep-alive")
        .atMost(Duration.ofSeconds(12))
        .until(() -> ask("state", request -> {}).get("keepAlives").asInt() > 0);
    assertMirrored(connection, new byte[] {1, 2, 3});
    assertThat(ended).isNotDone();
  }

  @Test
  void end_shouldReachTheOtherSide() throws Exception {
    Connection connection = connect(false);
    network.close(connection, CloseReason.CLOSED_LOCALLY, "");
    Awaitility.await("end")
        .atMost(PATIENCE)
        .until(() -> ask("state", request -> {}).get("ended").size() == 1);
    assertThat(ask("state", request -> {}).get("ended").get(0).get("error").isNull()).isTrue();
    mirror.close();
  }

  @Test
  void endOfTheOther_shouldBeToldAsSuch() throws Exception {
    connect(false);
    mirror.close();
    assertThat(ended.get(10, TimeUnit.SECONDS))
        .isIn(CloseReason.CLOSED_BY_PEER, CloseReason.SOCKET_FAILED);
  }

  private static byte[] bytes(SplittableRandom random, int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  private void assertMirrored(Connection connection, byte[] bytes) throws InterruptedException {
    Slice message = Slice.of(bytes);
    mailbox.execute(() -> connection.send(message));
    Slice back = arrived.poll(20, TimeUnit.SECONDS);
    assertThat(back != null && back.equals(message))
        .as("message of %d bytes", bytes.length)
        .isTrue();
  }
}
