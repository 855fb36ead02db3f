package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.interop.RepoClients.Device;
import org.peerstead.interop.RepoClients.Heads;

/** Documents as the REST API and real clients see them together: read, deleted, refused. */
class DocumentLifeInteropIT {
  private static final Duration SOON = Duration.ofSeconds(15);

  private @TempDir Path folder;
  private PeersteadNode node;
  private RepoClients clients;

  @AfterEach
  void stop() {
    clients.close();
    if (node != null) {
      node.close();
    }
  }

  @BeforeEach
  void startClients() {
    clients = RepoClients.start();
  }

  private static String path(String url) {
    return "/api/v1/documents/" + url.substring("automerge:".length());
  }

  @Test
  void syncedDocument_shouldBeReadableOverRest() {
    node = PeersteadNode.start(folder);
    Device alice = clients.connect("alice", node.url());
    String url = alice.create(Scenarios.content("seen by all"));
    alice.set(url, List.of("count"), 3);
    alice.awaitAcknowledged(List.of(url), SOON);
    JsonNode summary = node.json(path(url) + "/summary");
    assertThat(summary.get("heads"))
        .extracting(JsonNode::asText)
        .isEqualTo(alice.heads(url).hashes());
    assertThat(summary.get("url").asText()).isEqualTo(url);
    assertThat(node.json(path(url))).isEqualTo(alice.json(url));
    assertThat(node.json(path(url) + "/history").get("changes"))
        .extracting(change -> change.get("hash").asText())
        .isEqualTo(alice.history(url));
    alice.leave();
  }

  @Test
  void deletedDocument_shouldBeUnavailableAndNotComeBackBySync() throws IOException {
    node = PeersteadNode.start(folder);
    Device alice = clients.connect("alice", node.url(), folder.resolve("alice"));
    String url = alice.create(Scenarios.content("to be deleted"));
    String kept = alice.create(Scenarios.content("kept"));
    alice.awaitAcknowledged(List.of(url, kept), SOON);
    assertThat(node.delete(path(url)).statusCode()).isEqualTo(204);
    assertThat(node.get(path(url)).statusCode()).isIn(404, 410);

    Device bob = clients.connect("bob", node.url());
    assertThat(bob.find(List.of(url, kept), SOON))
        .containsEntry(url, "unavailable")
        .containsEntry(kept, "ready");
    // Alice still has it, edits it, and comes back with it: the tombstone holds, also after a
    // restart.
    alice.set(url, List.of("zombie"), true);
    alice.leave();
    node.stop();
    node.start();
    alice = clients.connect("alice", node.url(), folder.resolve("alice"));
    alice.open(List.of(url, kept), SOON);
    alice.set(url, List.of("zombie"), "again");
    alice.set(kept, List.of("alive"), true);
    alice.awaitAcknowledged(List.of(kept), SOON);
    Device carol = clients.connect("carol", node.url());
    assertThat(carol.find(List.of(url, kept), SOON))
        .containsEntry(url, "unavailable")
        .containsEntry(kept, "ready");
    assertThat(node.get(path(url)).statusCode()).isIn(404, 410);
    alice.leave();
    carol.leave();
  }

  @Test
  void documentsAboveTheLimitOfAConnection_shouldBeUnavailable() {
    node =
        PeersteadNode.start(folder, Map.of("peerstead.gateway.max-documents-per-connection", "5"));
    List<String> urls;
    Device first = clients.connect("first", node.url());
    urls = first.createAll(java.util.Collections.nCopies(5, Scenarios.content("within")));
    first.awaitAcknowledged(urls, SOON);
    Device second = clients.connect("second", node.url());
    String sixth = second.create(Scenarios.content("one more"));
    second.awaitAcknowledged(List.of(sixth), SOON);
    assertThat(second.find(urls, SOON).values())
        .containsOnly("ready", "unavailable")
        .filteredOn("unavailable"::equals)
        .hasSize(1);
    first.leave();
    second.leave();
  }

  @Test
  void fullStore_shouldRefuseNewDataAndKeepServingReads() {
    node = PeersteadNode.start(folder, Map.of("peerstead.documents.max-stored-bytes", "200K"));
    Device alice = clients.connect("alice", node.url());
    String small = alice.create(Scenarios.content("small"));
    alice.awaitAcknowledged(List.of(small), SOON);
    Heads before = alice.heads(small);
    // Incompressible text, about 100 KiB each: not all of them fit.
    java.util.SplittableRandom random = new java.util.SplittableRandom(5);
    boolean isFull = false;
    for (int i = 0; i < 8 && !isFull; i++) {
      StringBuilder text = new StringBuilder();
      for (int c = 0; c < 50_000; c++) {
        text.append((char) ('!' + random.nextInt(90)));
      }
      String big = alice.create(Scenarios.content(text.toString()));
      try {
        alice.awaitAcknowledged(List.of(big), Duration.ofSeconds(3));
      } catch (PeerFailedException e) {
        isFull = true;
      }
    }
    assertThat(isFull).as("the store fills up").isTrue();
    assertThat(node.metric("peerstead_rejected_inputs_total")).isPositive();
    Device bob = clients.connect("bob", node.url());
    bob.open(small);
    assertThat(bob.heads(small)).isEqualTo(before);
    assertThat(node.json(path(small)).get("title").asText()).isEqualTo("small");
    bob.leave();
    alice.leave();
  }
}
