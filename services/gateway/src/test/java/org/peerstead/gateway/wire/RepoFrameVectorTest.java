package org.peerstead.gateway.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.peerstead.events.DocumentId;

/**
 * Frames recorded between a server and two clients of {@code @automerge/automerge-repo} 2.5.6 with
 * {@code @automerge/automerge-repo-network-websocket} 2.5.6.
 */
class RepoFrameVectorTest {
  record Frame(int number, byte[] bytes, JsonNode message) {
    @Override
    public String toString() {
      return number + " " + message.path("type").asText();
    }
  }

  static Stream<Frame> frames() throws IOException {
    return vectors().stream();
  }

  static List<Frame> vectors() throws IOException {
    List<Frame> frames = new ArrayList<>();
    try (InputStream json = RepoFrameVectorTest.class.getResourceAsStream("/repo-websocket.json")) {
      for (JsonNode entry : new ObjectMapper().readTree(json).path("frames")) {
        if (entry.has("bytes")) {
          byte[] bytes = HexFormat.of().parseHex(entry.path("bytes").asText());
          frames.add(new Frame(frames.size(), bytes, entry.path("message")));
        }
      }
    }
    return frames;
  }

  @ParameterizedTest
  @MethodSource("frames")
  void decode_shouldReadEveryField(Frame frame) throws Exception {
    RepoMessage message = RepoFrameCodec.decode(frame.bytes());
    JsonNode expected = frame.message();
    assertThat(message.senderId()).isEqualTo(expected.path("senderId").asText());
    switch (message) {
      case RepoMessage.Join m -> {
        assertThat(expected.path("type").asText()).isEqualTo("join");
        assertMetadata(m.metadata(), expected.path("peerMetadata"));
        assertThat(m.supportedProtocolVersions())
            .isEqualTo(texts(expected.path("supportedProtocolVersions")));
      }
      case RepoMessage.Peer m -> {
        assertThat(expected.path("type").asText()).isEqualTo("peer");
        assertMetadata(m.metadata(), expected.path("peerMetadata"));
        assertThat(m.selectedProtocolVersion()).isEqualTo("1");
        assertTarget(m.targetId(), expected);
      }
      case RepoMessage.Error m -> {
        assertThat(m.message()).isEqualTo("unsupported protocol version");
        assertTarget(m.targetId(), expected);
      }
      case RepoMessage.Leave m -> throw new AssertionError("2.5.6 sends no leave: " + m);
      case RepoMessage.Sync m -> {
        assertThat(expected.path("type").asText()).isEqualTo("sync");
        assertDocument(m, m.targetId(), expected);
        assertThat(hex(m.data().unsafeArray())).isEqualTo(expected.path("data").asText());
      }
      case RepoMessage.Request m -> {
        assertThat(expected.path("type").asText()).isEqualTo("request");
        assertDocument(m, m.targetId(), expected);
        assertThat(hex(m.data().unsafeArray())).isEqualTo(expected.path("data").asText());
      }
      case RepoMessage.DocUnavailable m -> {
        assertThat(expected.path("type").asText()).isEqualTo("doc-unavailable");
        assertDocument(m, m.targetId(), expected);
      }
      case RepoMessage.Ephemeral m -> {
        assertThat(expected.path("type").asText()).isEqualTo("ephemeral");
        assertDocument(m, m.targetId(), expected);
        assertThat(hex(m.data().unsafeArray())).isEqualTo(expected.path("data").asText());
        assertThat(m.count()).isEqualTo(expected.path("count").asLong());
        assertThat(m.sessionId()).isEqualTo(expected.path("sessionId").asText());
      }
      case RepoMessage.RemoteSubscriptionChange m -> {
        assertTarget(m.targetId(), expected);
        assertThat(m.add()).isEqualTo(texts(expected.path("add")));
        assertThat(m.remove()).isEmpty();
      }
      case RepoMessage.RemoteHeadsChanged m -> {
        assertDocument(m, m.targetId(), expected);
        assertThat(m.newHeads()).hasSize(expected.path("newHeads").size());
        m.newHeads()
            .forEach((storageId, heads) -> {
              JsonNode entry = expected.path("newHeads").path(storageId);
              assertThat(heads.heads()).isEqualTo(texts(entry.path("heads")));
              assertThat(heads.timestampMillis()).isEqualTo(entry.path("timestamp").asLong());
            });
      }
    }
  }

  @ParameterizedTest
  @MethodSource("frames")
  void encode_shouldWriteTheSameBytes(Frame frame) throws Exception {
    RepoMessage message = RepoFrameCodec.decode(frame.bytes());
    if (message instanceof RepoMessage.Join && !frame.message().has("peerMetadata")) {
      // The recorder's own hand-made client left the metadata out; ours always writes it.
      assertThat(RepoFrameCodec.decode(RepoFrameCodec.encode(message))).isEqualTo(message);
      return;
    }
    assertThat(HexFormat.of().formatHex(RepoFrameCodec.encode(message)))
        .isEqualTo(HexFormat.of().formatHex(frame.bytes()));
  }

  private static void assertMetadata(PeerMetadata metadata, JsonNode expected) {
    String storageId = expected.path("storageId").asText("");
    assertThat(metadata.storageId())
        .isEqualTo(storageId.isEmpty() || storageId.equals("CBOR undefined") ? null : storageId);
    assertThat(metadata.isEphemeral()).isEqualTo(expected.path("isEphemeral").asBoolean(false));
  }

  private static void assertDocument(
      RepoMessage.AboutDocument message, String targetId, JsonNode expected) {
    assertTarget(targetId, expected);
    assertThat(message.documentId()).isEqualTo(expected.path("documentId").asText());
    assertThat(DocumentId.parse(message.documentId()))
        .map(DocumentId::toString)
        .contains(message.documentId());
  }

  private static void assertTarget(String targetId, JsonNode expected) {
    assertThat(targetId).isEqualTo(expected.path("targetId").asText());
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(item -> texts.add(item.asText()));
    return texts;
  }

  private static String hex(byte[] bytes) {
    return "hex:" + HexFormat.of().formatHex(bytes);
  }
}
