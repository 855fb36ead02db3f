package org.peerstead.crdt.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.model.ChangeHash;

/** Messages, filters and states written by {@code @automerge/automerge} 3.5.0. */
class SyncMessageCodecVectorTest {

  static List<String> messages() {
    return Vectors.messages();
  }

  static List<String> malformed() {
    return Vectors.withPrefix("malformed:");
  }

  static List<String> states() {
    return Vectors.withPrefix("state:");
  }

  @ParameterizedTest
  @MethodSource("messages")
  void encode_shouldGiveTheSameBytesAsWereDecoded(String hex) throws AutomergeFormatException {
    byte[] bytes = HexFormat.of().parseHex(hex);
    assertThat(SyncMessageCodec.encode(SyncMessageCodec.decode(bytes))).isEqualTo(bytes);
  }

  @Test
  void decode_shouldReadEveryField() throws AutomergeFormatException {
    for (String name : Vectors.transcripts()) {
      for (JsonNode vector : Vectors.named(name).path("messages")) {
        SyncMessage message = SyncMessageCodec.decode(Vectors.hex(vector.path("bytes")));
        JsonNode decoded = vector.path("decoded");
        assertThat("0x%02x".formatted(message.version().firstByte()))
            .isEqualTo(decoded.path("type").asText());
        assertThat(message.heads()).isEqualTo(Vectors.hashes(decoded.path("heads")));
        assertThat(message.need()).isEqualTo(Vectors.hashes(decoded.path("need")));
        assertThat(message.have()).hasSize(decoded.path("have").size());
        for (int i = 0; i < message.have().size(); i++) {
          JsonNode have = decoded.path("have").get(i);
          assertThat(message.have().get(i).lastSync())
              .isEqualTo(Vectors.hashes(have.path("lastSync")));
          BloomFilter bloom = message.have().get(i).bloom();
          assertThat(bloom.entries()).isEqualTo(have.path("bloom").path("entries").asInt());
          assertThat(bloom.bitsPerEntry()).isEqualTo(10);
          assertThat(bloom.probes()).isEqualTo(7);
        }
        assertThat(message.changes()).hasSize(decoded.path("changes").size());
        assertThat(message.flags() != null).isEqualTo(decoded.has("flags"));
      }
    }
  }

  @Test
  void bloomFilter_shouldHaveTheSameBitsAndContainItsHashes() throws AutomergeFormatException {
    JsonNode vector = Vectors.named("bloom");
    BloomFilter theirs =
        SyncMessageCodec.decode(Vectors.hex(vector.path("message"))).have().getFirst().bloom();
    List<ChangeHash> hashes = Vectors.hashes(vector.path("hashes"));
    BloomFilter.Builder ours = BloomFilter.builder(hashes.size());
    for (ChangeHash hash : hashes) {
      assertThat(theirs.contains(hash)).isTrue();
      ours.add(hash);
    }
    assertThat(ours.build()).isEqualTo(theirs);
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void decode_shouldAcceptAndRefuseWhatTheReferenceDoes(String name) {
    JsonNode vector = Vectors.named(name);
    byte[] bytes = Vectors.hex(vector.path("bytes"));
    AutomergeFormatException failure =
        catchThrowableOfType(AutomergeFormatException.class, () -> SyncMessageCodec.decode(bytes));
    assertThat(failure == null).isEqualTo(vector.path("result").path("ok").asBoolean());
  }

  @ParameterizedTest
  @MethodSource("states")
  void decodeState_shouldAcceptAndRefuseWhatTheReferenceDoes(String name)
      throws AutomergeFormatException {
    JsonNode vector = Vectors.named(name);
    byte[] bytes = Vectors.hex(vector.path("bytes"));
    if (vector.path("result").path("ok").asBoolean()) {
      SyncState state = SyncState.decode(bytes);
      assertThat(state.sharedHeads())
          .isEqualTo(Vectors.hashes(vector.path("result").path("sharedHeads")));
      assertThat(state.encode()).isEqualTo(bytes);
    } else {
      assertThat(
              catchThrowableOfType(AutomergeFormatException.class, () -> SyncState.decode(bytes)))
          .isNotNull();
    }
  }
}
