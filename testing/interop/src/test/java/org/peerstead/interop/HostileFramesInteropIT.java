package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.interop.RepoClients.Device;
import org.peerstead.interop.RepoClients.Heads;

/**
 * Broken and malicious frames get the specified error, and do not disturb anybody: around every
 * test two real clients share a document, with edits before and after.
 */
class HostileFramesInteropIT {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final int MAX_MESSAGE_BYTES = 1 << 20;

  private static @TempDir Path folder;
  private static PeersteadNode node;
  private static RepoClients clients;
  private static Device alice;
  private static Device bob;
  private static String url;
  private static int edits;

  @BeforeAll
  static void start() {
    node =
        PeersteadNode.start(
            folder,
            Map.of("peerstead.gateway.max-message-size", Integer.toString(MAX_MESSAGE_BYTES)));
    clients = RepoClients.start();
    alice = clients.connect("alice", node.url());
    bob = clients.connect("bob", node.url());
    url = alice.create(Scenarios.content("undisturbed"));
    alice.awaitAcknowledged(List.of(url), SOON);
    bob.open(url);
  }

  @AfterAll
  static void stop() {
    if (clients != null) {
      clients.close();
    }
    if (node != null) {
      node.close();
    }
  }

  @BeforeEach
  void editBefore() {
    alice.set(url, List.of("edits"), ++edits);
  }

  @AfterEach
  void othersShouldBeUndisturbed() {
    Heads heads = bob.set(url, List.of("after-" + edits), true).and(alice.heads(url));
    for (Device device : List.of(alice, bob)) {
      device.awaitChanges(Map.of(url, heads), SOON);
      device.awaitAcknowledged(List.of(url), SOON);
      assertThat(device.peers()).hasSize(1);
    }
    assertThat(bob.json(url).get("edits").asInt()).isEqualTo(edits);
    assertThat(node.isAlive()).isTrue();
  }

  private static ObjectNode sync(String sender, String document, byte[] data) {
    return RawPeer.message("sync", sender)
        .put("targetId", alice.server())
        .put("documentId", document)
        .put("data", data);
  }

  private static String documentId() {
    return url.substring("automerge:".length());
  }

  @Test
  void malformedCbor_shouldCloseWithInvalidData() {
    try (RawPeer peer = RawPeer.join(node.url(), "mallory")) {
      peer.send(new byte[] {(byte) 0xff, 0x00, 0x13});
      assertThat(peer.awaitClose().code()).isEqualTo(1007);
    }
  }

  @Test
  void malformedCborInsteadOfJoin_shouldCloseWithInvalidData() {
    try (RawPeer peer = RawPeer.connect(node.url())) {
      peer.send("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(peer.awaitClose().code()).isEqualTo(1007);
    }
  }

  @Test
  void truncatedFrame_shouldCloseWithInvalidData() {
    byte[] whole = RawPeer.encode(sync("mallory", documentId(), new byte[300]));
    for (int length : new int[] {1, 5, 20, whole.length - 1}) {
      try (RawPeer peer = RawPeer.join(node.url(), "mallory")) {
        peer.send(Arrays.copyOf(whole, length));
        assertThat(peer.awaitClose().code()).as("first %d bytes", length).isEqualTo(1007);
      }
    }
  }

  @Test
  void lengthThatPromisesTooMuch_shouldCloseWithoutAllocatingIt() {
    // A map of 2^31 entries, a byte string of 2^40 bytes, 10,000 nested arrays.
    byte[] map = {(byte) 0xba, (byte) 0x80, 0, 0, 0};
    byte[] string = {(byte) 0xa1, 0x61, 'a', 0x5b, 0, 0, 1, 0, 0, 0, 0, 0};
    byte[] nested = new byte[10_000];
    Arrays.fill(nested, (byte) 0x81);
    for (byte[] frame : List.of(map, string, nested)) {
      try (RawPeer peer = RawPeer.join(node.url(), "mallory")) {
        peer.send(frame);
        assertThat(peer.awaitClose().code()).isEqualTo(1007);
      }
    }
  }

  @Test
  void wrongProtocolVersion_shouldBeAnsweredWithAnErrorAndClosed() {
    try (RawPeer peer = RawPeer.connect(node.url())) {
      peer.send(RawPeer.joinMessage("mallory", "9"));
      JsonNode error = peer.receive();
      assertThat(error.path("type").asText()).isEqualTo("error");
      assertThat(error.path("message").asText()).isEqualTo("unsupported protocol version");
      assertThat(error.path("targetId").asText()).isEqualTo("mallory");
      assertThat(peer.awaitClose().code()).isEqualTo(1002);
    }
  }

  @Test
  void joinWithoutVersions_shouldMeanVersionOne() {
    try (RawPeer peer = RawPeer.connect(node.url())) {
      ObjectNode join = RawPeer.joinMessage("old-client");
      join.remove("supportedProtocolVersions");
      peer.send(join);
      assertThat(peer.receive("peer").path("selectedProtocolVersion").asText()).isEqualTo("1");
    }
  }

  @Test
  void oversizedMessage_shouldCloseAsTooLarge() {
    try (RawPeer peer = RawPeer.join(node.url(), "mallory")) {
      peer.send(RawPeer.encode(sync("mallory", documentId(), new byte[MAX_MESSAGE_BYTES + 1])));
      assertThat(peer.awaitClose().code()).isEqualTo(1009);
    }
  }

  @Test
  void textFrame_shouldBeRefused() {
    try (RawPeer peer = RawPeer.join(node.url(), "mallory")) {
      peer.sendText("{\"type\":\"join\"}");
      assertThat(peer.awaitClose().code()).isEqualTo(1003);
    }
  }

  @Test
  void messagesBeforeJoin_shouldBeIgnored() {
    try (RawPeer peer = RawPeer.connect(node.url())) {
      peer.send(sync("early", documentId(), new byte[] {0x42, 0, 0, 0, 0}));
      peer.send(RawPeer.joinMessage("early", "1"));
      assertThat(peer.receive().path("type").asText()).isEqualTo("peer");
    }
  }

  @Test
  void secondConnectionOfAPeer_shouldReplaceTheFirst() {
    try (RawPeer first = RawPeer.join(node.url(), "twice");
        RawPeer second = RawPeer.join(node.url(), "twice")) {
      assertThat(first.awaitClose().code()).isEqualTo(1000);
      second.send(sync("twice", documentId(), new byte[] {0x42, 0, 0, 1, 0, 0, 0}));
      assertThat(second.receive("sync").path("documentId").asText()).isEqualTo(documentId());
    }
  }

  @Test
  void malformedSyncMessages_shouldNotChangeTheDocument() {
    Heads before = alice.heads(url);
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 40; i++) {
      byte[] data = new byte[1 + random.nextInt(200)];
      random.nextBytes(data);
      if (i % 2 == 0) {
        data[0] = (byte) (0x42 + (i & 3) / 2);
      }
      try (RawPeer peer = RawPeer.join(node.url(), "mallory-" + i)) {
        peer.send(sync("mallory-" + i, documentId(), data));
      }
    }
    Awaitility.await().atMost(SOON).until(() -> rejections() >= 20);
    assertThat(Scenarios.headsAtServer(node, clients, List.of(url))).containsEntry(url, before);
  }

  private static double rejections() {
    return node.metric("peerstead_rejected_inputs_total");
  }

  @Test
  void senderThatDidNotJoin_shouldBeIgnored() {
    try (RawPeer peer = RawPeer.join(node.url(), "mallory")) {
      peer.send(sync(alice.peerId(), documentId(), new byte[] {0x42, 0, 0, 0, 0}));
      peer.send(
          RawPeer.message("request", "mallory")
              .put("targetId", alice.server())
              .put("documentId", Scenarios.NOBODYS_DOCUMENT.substring("automerge:".length()))
              .put("data", new byte[] {0x42, 0, 0, 1, 0, 0, 0}));
      assertThat(peer.receive("doc-unavailable").path("targetId").asText()).isEqualTo("mallory");
    }
  }

  @Test
  void invalidDocumentIds_shouldNotBeServed() {
    for (String id :
        List.of("", "../../etc/passwd", "0OIl", documentId() + "x", "a".repeat(5000))) {
      try (RawPeer peer = RawPeer.join(node.url(), "mallory")) {
        peer.send(sync("mallory", id, new byte[] {0x42, 0, 0, 0, 0}));
      }
    }
  }

  @Test
  void connectionsCutInTheMiddleOfAFrame_shouldBeForgotten() throws IOException {
    byte[] upgrade =
        ("GET /sync HTTP/1.1\r\n"
                + "Host: 127.0.0.1\r\n"
                + "Upgrade: websocket\r\n"
                + "Connection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + "Sec-WebSocket-Version: 13\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < 20; i++) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port())) {
        socket.setSoTimeout(10_000);
        socket.getOutputStream().write(upgrade);
        assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
            .isEqualTo("HTTP/1.1 101");
        // A masked binary frame that announces 65,535 bytes and ends after ten.
        socket
            .getOutputStream()
            .write(
                new byte[] {(byte) 0x82, (byte) 0xfe, (byte) 0xff, (byte) 0xff, 1, 2, 3, 4, 5, 6});
        socket.getOutputStream().flush();
      }
    }
  }

  @Test
  void repeatedEphemeralMessage_shouldArriveOnce() {
    int before = bob.ephemeral(0, Duration.ZERO).size();
    try (RawPeer peer = RawPeer.join(node.url(), "parrot")) {
      // Asking for the document makes this peer one of its readers.
      peer.send(sync("parrot", documentId(), new byte[] {0x42, 0, 0, 1, 0, 0, 0}));
      peer.receive("sync");
      ObjectNode ephemeral =
          RawPeer.message("ephemeral", "parrot")
              .put("targetId", alice.server())
              .put("documentId", documentId())
              .put("count", 1)
              .put("sessionId", "session-1")
              .put("data", RawPeer.encode(JsonLines.MAPPER.createObjectNode().put("squawk", 1)));
      for (int i = 0; i < 5; i++) {
        peer.send(ephemeral);
      }
      peer.send(ephemeral.deepCopy().put("count", 2));
      peer.send(ephemeral);
      assertThat(bob.ephemeral(before + 2, SOON)).hasSize(before + 2);
    }
    bob.set(url, List.of("parrot"), "gone");
    alice.awaitChanges(Map.of(url, bob.heads(url)), SOON);
    assertThat(bob.ephemeral(0, Duration.ZERO)).hasSize(before + 2);
  }
}
