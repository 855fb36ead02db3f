package org.peerstead.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.Transaction;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.sync.SyncProtocol;
import org.peerstead.crdt.sync.SyncState;
import org.peerstead.events.Bytes;
import org.peerstead.events.DocumentId;
import org.peerstead.gateway.wire.RepoFrameCodec;
import org.peerstead.gateway.wire.RepoMessage;

/** The sync endpoint of the whole node, seen by clients. */
@QuarkusTest
@TestProfile(SyncSocketTest.SmallLimits.class)
class SyncSocketTest {
  /** Limits that a test reaches quickly. */
  public static class SmallLimits implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "peerstead.gateway.max-message-size", "64K",
          "peerstead.gateway.max-connections", "8",
          "peerstead.data", "target/test-data-sync");
    }
  }

  @TestHTTPResource("/sync")
  URI http;

  private URI sync() {
    return URI.create(http.toString().replaceFirst("^http", "ws"));
  }

  @Test
  void join_shouldBeAnsweredWithThisServersStorage() {
    try (var client = SocketClient.connect(sync(), "alice")) {
      client.send(client.joinMessage("1"));
      RepoMessage.Peer peer = client.receive(RepoMessage.Peer.class);
      assertThat(peer.targetId()).isEqualTo("alice");
      assertThat(peer.selectedProtocolVersion()).isEqualTo("1");
      assertThat(peer.metadata().storageId()).matches("[0-9a-f-]{36}");
      assertThat(peer.metadata().isEphemeral()).isFalse();
    }
  }

  @Test
  void root_shouldAcceptSocketsAndServeTheStartPage() {
    try (var client = SocketClient.join(sync().resolve("/"), "root")) {
      assertThat(client.serverId()).startsWith("peerstead-");
    }
    io.restassured.RestAssured.get("/").then().statusCode(200).contentType("text/html");
    io.restassured.RestAssured.get("/sync").then().statusCode(426);
  }

  @Test
  void wrongVersion_shouldBeToldAndClosed() {
    try (var client = SocketClient.connect(sync(), "raw")) {
      client.send(client.joinMessage("9"));
      RepoMessage.Error error = client.receive(RepoMessage.Error.class);
      assertThat(error.message()).isEqualTo("unsupported protocol version");
      assertThat(error.targetId()).isEqualTo("raw");
      assertThat(client.closeCode()).isEqualTo(1002);
    }
  }

  @Test
  void badFrames_shouldEndTheirOwnSessionOnly() {
    try (var bystander = SocketClient.join(sync(), "bystander")) {
      byte[] good =
          RepoFrameCodec.encode(
              new RepoMessage.Sync("bad", "x", "y", Bytes.wrap(new byte[] {1, 2})));
      assertEnds(new byte[] {(byte) 0xff, 0, 1}, 1007);
      assertEnds(Arrays.copyOf(good, good.length - 3), 1007);
      assertEnds(Arrays.copyOf(good, good.length + 1), 1007);
      assertEnds(new byte[0], 1007);
      assertEnds(new byte[64 * 1024 + 1], 1009);
      assertThat(bystander.isClosed()).isFalse();
      bystander.send(bystander.joinMessage("1"));
      bystander.receive(RepoMessage.Peer.class);
    }
  }

  private void assertEnds(byte[] frame, int closeCode) {
    try (var client = SocketClient.join(sync(), "bad")) {
      client.send(frame);
      assertThat(client.receive(RepoMessage.Error.class).targetId()).isEqualTo("bad");
      assertThat(client.closeCode()).isEqualTo(closeCode);
    }
  }

  @Test
  void text_shouldBeRefused() {
    try (var client = SocketClient.join(sync(), "writer")) {
      client.sendText("hello");
      client.receive(RepoMessage.Error.class);
      assertThat(client.closeCode()).isEqualTo(1003);
    }
  }

  @Test
  void hugeFrames_shouldBeRefusedUnread() {
    try (var client = SocketClient.join(sync(), "huge")) {
      Throwable thrown = catchThrowable(() -> client.send(new byte[10_000_000]));
      if (thrown == null) {
        assertThat(client.closeCode()).isEqualTo(1009);
      }
    }
  }

  @Test
  void secondConnection_shouldReplaceTheFirst() {
    try (var first = SocketClient.join(sync(), "twice");
        var second = SocketClient.join(sync(), "twice")) {
      assertThat(first.closeCode()).isEqualTo(1000);
      assertThat(second.isClosed()).isFalse();
    }
  }

  @Test
  void connections_shouldBeLimited() {
    var clients = new java.util.ArrayList<SocketClient>();
    try {
      Throwable refusal = null;
      for (int i = 0; i < 9 && refusal == null; i++) {
        String peerId = "many-" + i;
        refusal = catchThrowable(() -> clients.add(SocketClient.join(sync(), peerId)));
      }
      assertThat(refusal).hasStackTraceContaining("503");
    } finally {
      clients.forEach(SocketClient::close);
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() ->
            io.restassured.RestAssured.get("/api/v1/status")
                .then()
                .body("connections", org.hamcrest.Matchers.is(0)));
  }

  @Test
  void unknownDocument_shouldBeUnavailable() {
    try (var client = SocketClient.join(sync(), "seeker")) {
      DocumentId document = DocumentId.random();
      Document empty = Document.create(ActorId.of(new byte[] {1}));
      SyncState state = SyncState.create();
      byte[] greeting = SyncProtocol.generate(empty, state).orElseThrow();
      client.send(
          new RepoMessage.Request(
              "seeker", client.serverId(), document.toString(), Bytes.wrap(greeting)));
      // As the reference does, a sync message with an empty document may come first.
      Awaitility.await()
          .until(() -> client.receive(RepoMessage.class) instanceof RepoMessage.DocUnavailable);
    }
  }

  @Test
  void document_shouldReachASecondClientAfterTheFirstLeft() throws Exception {
    DocumentId document = DocumentId.random();
    Document written = Document.create(ActorId.of(new byte[] {2}));
    Transaction edit = written.begin();
    edit.put(ObjectId.ROOT, "title", new ScalarValue.Str("hello"));
    edit.commit();
    try (var alice = SocketClient.join(sync(), "author")) {
      exchange(alice, document, written, () -> false);
    }
    Document copy = Document.create(ActorId.of(new byte[] {3}));
    try (var bob = SocketClient.join(sync(), "reader")) {
      exchange(bob, document, copy, () -> copy.heads().equals(written.heads()));
    }
    assertThat(copy.heads()).isEqualTo(written.heads());
    assertThat(copy.now().toJson()).contains("hello");
  }

  /** Syncs until the server has said it has our heads, or {@code isDone}. */
  private static void exchange(
      SocketClient client,
      DocumentId id,
      Document document,
      java.util.function.BooleanSupplier isDone)
      throws Exception {
    SyncState state = SyncState.create();
    boolean isRequest = document.heads().isEmpty();
    while (true) {
      Optional<byte[]> message = SyncProtocol.generate(document, state);
      if (message.isPresent()) {
        Bytes data = Bytes.wrap(message.get());
        client.send(
            isRequest
                ? new RepoMessage.Request(client.peerId(), client.serverId(), id.toString(), data)
                : new RepoMessage.Sync(client.peerId(), client.serverId(), id.toString(), data));
      }
      if (isDone.getAsBoolean()
          || (!document.heads().isEmpty() && state.sharedHeads().equals(document.heads()))) {
        return;
      }
      RepoMessage.Sync answer = client.receive(RepoMessage.Sync.class);
      assertThat(answer.documentId()).isEqualTo(id.toString());
      SyncProtocol.receive(document, state, answer.data().toArray());
    }
  }

  @Test
  void ephemeral_shouldReachTheOthersOfTheDocument() throws Exception {
    DocumentId document = DocumentId.random();
    Document written = Document.create(ActorId.of(new byte[] {4}));
    Transaction edit = written.begin();
    edit.put(ObjectId.ROOT, "title", new ScalarValue.Str("x"));
    edit.commit();
    try (var alice = SocketClient.join(sync(), "e-alice");
        var bob = SocketClient.join(sync(), "e-bob")) {
      exchange(alice, document, written, () -> false);
      Document copy = Document.create(ActorId.of(new byte[] {5}));
      exchange(bob, document, copy, () -> copy.heads().equals(written.heads()));
      var message =
          new RepoMessage.Ephemeral(
              "e-bob",
              bob.serverId(),
              document.toString(),
              Bytes.wrap(new byte[] {1}),
              1,
              "session");
      bob.send(message);
      bob.send(message);
      RepoMessage.Ephemeral heard =
          Awaitility.await()
                      .until(
                          () -> alice.receive(RepoMessage.class),
                          RepoMessage.Ephemeral.class::isInstance)
                  instanceof RepoMessage.Ephemeral ephemeral
              ? ephemeral
              : null;
      assertThat(heard)
          .isEqualTo(
              new RepoMessage.Ephemeral(
                  "e-bob",
                  "e-alice",
                  document.toString(),
                  Bytes.wrap(new byte[] {1}),
                  1,
                  "session"));
    }
  }
}
