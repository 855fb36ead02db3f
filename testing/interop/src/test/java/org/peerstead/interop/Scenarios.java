package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.peerstead.interop.RepoClients.Board;
import org.peerstead.interop.RepoClients.Device;
import org.peerstead.interop.RepoClients.Heads;

/**
 * What every sync server for automerge-repo must do. The same client programs run against Peerstead
 * and against the npm servers, so that a failure tells which side is at fault.
 */
final class Scenarios {
  /** A document that nobody has: a valid id, made once. */
  static final String NOBODYS_DOCUMENT = "automerge:4NMNnkMhL8jXrdJ9jamS58PAVdXu";

  private static final Duration SOON = Duration.ofSeconds(15);
  private static final Duration BOARD = Duration.ofSeconds(60);

  private Scenarios() {}

  static ObjectNode content(String title) {
    return JsonLines.MAPPER.createObjectNode().put("title", title);
  }

  /** Heads as a new device without any data gets them from the server alone. */
  static Map<String, Heads> headsAtServer(
      SyncServer server, RepoClients clients, List<String> urls) {
    Device observer = clients.connect("observer", server.url());
    try {
      observer.open(urls, BOARD);
      return observer.heads(urls);
    } finally {
      observer.leave();
    }
  }

  /**
   * Two devices that are never online together: A makes a board with cards and leaves, B arrives,
   * gets all of it and edits, A returns with edits it made offline.
   */
  static void neverOnlineTogether(SyncServer server, RepoClients clients, Path folder, int cards) {
    Device alice = clients.connect("alice", server.url(), folder.resolve("alice"));
    Board board = alice.createBoard(cards);
    List<String> all = board.all();
    alice.awaitAcknowledged(all, BOARD);
    Map<String, Heads> madeByAlice = alice.heads(all);
    alice.disconnect();
    // Alice keeps working on the train.
    alice.set(board.cards().get(3), List.of("title"), "edited offline by alice");
    alice.set(board.cards().get(4), List.of("votes"), Map.of("counter", 2));
    alice.leave();

    Device bob = clients.connect("bob", server.url(), folder.resolve("bob"));
    bob.open(List.of(board.board()), SOON);
    assertThat(bob.json(board.board()).get("cards")).hasSize(cards);
    bob.open(board.cards(), BOARD);
    assertThat(bob.heads(all)).isEqualTo(madeByAlice);
    bob.set(board.board(), List.of("title"), "Board of bob");
    bob.set(board.cards().get(3), List.of("text"), Map.of("text", List.of(0, 0, "Bob: ")));
    bob.set(board.cards().get(3), List.of("color"), "red");
    bob.set(board.cards().get(cards - 1), List.of("title"), "last card, by bob");
    bob.awaitAcknowledged(all, BOARD);
    bob.leave();

    alice = clients.connect("alice", server.url(), folder.resolve("alice"));
    alice.open(all, BOARD);
    alice.awaitAcknowledged(all, BOARD);
    JsonNode card = alice.json(board.cards().get(3));
    assertThat(card.get("title").asText()).isEqualTo("edited offline by alice");
    assertThat(card.get("color").asText()).isEqualTo("red");
    assertThat(card.get("text").asText()).startsWith("Bob: ");
    assertThat(alice.json(board.board()).get("title").asText()).isEqualTo("Board of bob");
    Map<String, Heads> atAlice = alice.heads(all);
    alice.leave();

    bob = clients.connect("bob", server.url(), folder.resolve("bob"));
    bob.open(all, BOARD);
    bob.awaitAcknowledged(all, BOARD);
    Map<String, Heads> atBob = bob.heads(all);
    bob.leave();

    assertThat(atBob).isEqualTo(atAlice);
    assertThat(headsAtServer(server, clients, all)).isEqualTo(atAlice);
  }

  /** Edits made while a client is cut off arrive in both directions once it is back. */
  static void clientReconnects(SyncServer server, RepoClients clients) {
    Device alice = clients.connect("alice", server.url());
    Device bob = clients.connect("bob", server.url());
    String url = alice.create(content("shared"));
    alice.awaitAcknowledged(List.of(url), SOON);
    bob.open(url);
    bob.disconnect();
    bob.set(url, List.of("bob"), "offline");
    alice.set(url, List.of("alice"), "online");
    alice.awaitAcknowledged(List.of(url), SOON);
    bob.reconnect();
    bob.awaitAcknowledged(List.of(url), SOON);
    alice.awaitHeads(url, bob.heads(url), SOON);
    assertThat(alice.json(url).get("bob").asText()).isEqualTo("offline");
    assertThat(bob.json(url).get("alice").asText()).isEqualTo("online");
    alice.leave();
    bob.leave();
  }

  /** A restarted server has everything, and takes what was edited while it was down. */
  static void serverRestarts(SyncServer server, RepoClients clients) {
    Device alice = clients.connect("alice", server.url());
    Device bob = clients.connect("bob", server.url());
    String url = alice.create(content("survives"));
    alice.awaitAcknowledged(List.of(url), SOON);
    bob.open(url);
    // The npm servers write 100 ms after they acknowledge; a second round trip is a later write.
    bob.set(url, List.of("before"), true);
    bob.awaitAcknowledged(List.of(url), SOON);
    server.stop();
    Heads both =
        alice
            .set(url, List.of("alice"), "while the server was down")
            .and(bob.set(url, List.of("bob"), "while the server was down, too"));
    server.start();
    Duration reconnect = Duration.ofSeconds(30);
    alice.awaitHeads(url, both, reconnect);
    bob.awaitHeads(url, both, reconnect);
    alice.awaitAcknowledged(List.of(url), reconnect);
    assertThat(bob.json(url)).isEqualTo(alice.json(url));
    assertThat(alice.json(url).get("alice").asText()).isEqualTo("while the server was down");
    assertThat(alice.json(url).get("bob").asText()).isEqualTo("while the server was down, too");
    assertThat(headsAtServer(server, clients, List.of(url)).get(url)).isEqualTo(alice.heads(url));
    alice.leave();
    bob.leave();
  }

  /** Presence reaches everybody else who has the document open, once, and nobody later. */
  static void presenceArrives(SyncServer server, RepoClients clients) {
    Device alice = clients.connect("alice", server.url());
    Device bob = clients.connect("bob", server.url());
    Device carol = clients.connect("carol", server.url());
    String url = alice.create(content("presence"));
    String other = alice.create(content("another document"));
    alice.awaitAcknowledged(List.of(url, other), SOON);
    bob.open(url);
    carol.open(url);
    Device dave = clients.connect("dave", server.url());
    dave.open(other);
    Heads before = alice.heads(url);

    bob.broadcast(url, Map.of("cursor", 1), Map.of("cursor", 2), Map.of("cursor", 3));
    List<RepoClients.Received> atAlice = alice.ephemeral(3, SOON);
    assertThat(atAlice).allMatch(m -> m.from().equals(bob.peerId()) && m.url().equals(url));
    assertThat(atAlice.stream().map(m -> m.message().get("cursor").asInt()).toList())
        .containsExactly(1, 2, 3);
    assertThat(carol.ephemeral(3, SOON)).hasSize(3);
    alice.broadcast(url, Map.of("cursor", 9));
    assertThat(bob.ephemeral(1, SOON)).hasSize(1);
    assertThat(carol.ephemeral(4, SOON)).hasSize(4);

    // Whoever opens the document later gets its content and none of the messages.
    Device erin = clients.connect("erin", server.url());
    erin.open(url);
    erin.set(url, List.of("erin"), true);
    alice.awaitHeads(url, erin.heads(url), SOON);
    assertThat(erin.ephemeral(0, Duration.ZERO)).isEmpty();
    assertThat(dave.ephemeral(0, Duration.ZERO)).isEmpty();
    assertThat(bob.ephemeral(1, Duration.ZERO)).hasSize(1);
    assertThat(alice.ephemeral(3, Duration.ZERO)).hasSize(3);
    assertThat(before).isNotEqualTo(erin.heads(url));
    for (Device device : List.of(alice, bob, carol, dave, erin)) {
      device.leave();
    }
  }

  /** A document that nobody has is reported as unavailable instead of letting the client wait. */
  static void unknownDocumentIsUnavailable(SyncServer server, RepoClients clients) {
    Device alice = clients.connect("alice", server.url());
    assertThat(alice.find(List.of(NOBODYS_DOCUMENT), SOON))
        .containsEntry(NOBODYS_DOCUMENT, "unavailable");
    alice.leave();
  }
}
