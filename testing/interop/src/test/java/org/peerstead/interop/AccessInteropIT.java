package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.interop.RepoClients.Device;

/** A node that asks for tokens serves real clients that have one, and nobody else. */
class AccessInteropIT {
  private static final Duration SOON = Duration.ofSeconds(15);

  private @TempDir Path folder;
  private PeersteadNode node;
  private RepoClients clients;
  private String token;

  @BeforeEach
  void start() {
    node = PeersteadNode.start(folder, Map.of("peerstead.access", "token"));
    clients = RepoClients.start();
    token = createToken("laptop");
  }

  @AfterEach
  void stop() {
    if (clients != null) {
      clients.close();
    }
    if (node != null) {
      node.close();
    }
  }

  private String createToken(String name) {
    return node.command("token", "create", name, "--data", node.data().toString()).strip();
  }

  private String urlWith(String secret) {
    return node.url() + "?token=" + secret;
  }

  @Test
  void clientWithAToken_shouldSync() {
    Device alice = clients.connect("alice", urlWith(token));
    Device bob = clients.connect("bob", urlWith(createToken("phone")));
    String url = alice.create(Scenarios.content("private"));
    alice.awaitAcknowledged(List.of(url), SOON);
    bob.open(url);
    assertThat(bob.json(url).get("title").asText()).isEqualTo("private");
    alice.leave();
    bob.leave();
  }

  @Test
  void clientWithoutAValidToken_shouldBeRefused() throws IOException {
    Device stranger = clients.openUnanswered("stranger", node.url());
    Device guesser = clients.openUnanswered("guesser", urlWith("pst_" + "A".repeat(43)));
    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(clients.failures()).anyMatch(failure -> failure.contains("401")));
    assertThat(stranger.peers()).isEmpty();
    assertThat(guesser.peers()).isEmpty();
    assertThatExceptionOfType(PeerFailedException.class)
        .isThrownBy(() -> RawPeer.connect(node.url()));
    assertThat(node.get("/api/v1/documents").statusCode()).isEqualTo(401);
    assertThat(node.get("/api/v1/documents", "Authorization", "Bearer " + token).statusCode())
        .isEqualTo(200);
    assertThat(node.get("/q/health/ready").statusCode()).isEqualTo(200);
    assertThat(node.output()).doesNotContain(token);
  }

  @Test
  void revokedToken_shouldLetNobodyInAnyMore() {
    Device alice = clients.connect("alice", urlWith(token));
    String list = node.command("token", "list", "--data", node.data().toString());
    String id = list.strip().split("\\s+")[0];
    node.command("token", "revoke", id, "--data", node.data().toString());
    Awaitility.await().atMost(SOON).until(() -> alice.peers().isEmpty());
    assertThatExceptionOfType(PeerFailedException.class)
        .isThrownBy(() -> RawPeer.connect(urlWith(token)));
  }
}
