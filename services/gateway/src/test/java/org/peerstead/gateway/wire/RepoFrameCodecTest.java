package org.peerstead.gateway.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.peerstead.events.Bytes;
import org.peerstead.gateway.wire.MalformedFrameException.Reason;

class RepoFrameCodecTest {
  private static final Bytes DATA = Bytes.wrap(new byte[] {1, 2, 3});

  static Stream<RepoMessage> messages() {
    return Stream.of(
        new RepoMessage.Join("a", new PeerMetadata("s", true), List.of("1", "2")),
        new RepoMessage.Join("a", PeerMetadata.NONE, null),
        new RepoMessage.Peer("a", PeerMetadata.NONE, "1", "b"),
        new RepoMessage.Error("a", "no", "b"),
        new RepoMessage.Leave("a"),
        new RepoMessage.Sync("a", "b", "d", DATA),
        new RepoMessage.Sync("a", "b", "d", Bytes.wrap(new byte[70_000])),
        new RepoMessage.Request("a", "b", "d", DATA),
        new RepoMessage.DocUnavailable("ä€😀", "b".repeat(40), "d".repeat(100)),
        new RepoMessage.Ephemeral("a", "b", "d", DATA, 0, "x"),
        new RepoMessage.Ephemeral("a", "b", "d", DATA, 0xffff_ffffL, "x"),
        new RepoMessage.Ephemeral("a", "b", "d", DATA, 9_007_199_254_740_991L, "x"),
        new RepoMessage.RemoteSubscriptionChange("a", "b", List.of("s", "t"), List.of("u")),
        new RepoMessage.RemoteSubscriptionChange("a", "b", List.of(), List.of()),
        new RepoMessage.RemoteHeadsChanged(
            "a", "b", "d", Map.of("s", new RemoteHeads(List.of("h"), 1_795_372_245_988L))));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void decode_shouldGiveBackWhatEncodeWrote(RepoMessage message) throws Exception {
    assertThat(RepoFrameCodec.decode(RepoFrameCodec.encode(message))).isEqualTo(message);
  }

  @Test
  void decode_shouldAcceptMinimalCborInAnyOrderWithUnknownFields() throws Exception {
    // {"senderId": "a", "zzz": [1, {"k": -1}, 1.5, 0("x")], "type": "leave"}
    byte[] frame =
        hex(
            "a3 68 73656e6465724964 6161 63 7a7a7a 84 01 a1616b20 fb3ff8000000000000 c06178"
                + " 64 74797065 65 6c65617665");
    assertThat(RepoFrameCodec.decode(frame)).isEqualTo(new RepoMessage.Leave("a"));
  }

  @Test
  void decode_shouldAcceptIndefiniteLengths() throws Exception {
    byte[] frame =
        hex("bf 64 74797065 7f 62 6c65 63 617665 ff 68 73656e6465724964 6161 6178 9f0102ff ff");
    assertThat(RepoFrameCodec.decode(frame)).isEqualTo(new RepoMessage.Leave("a"));
  }

  @Test
  void decode_shouldAcceptBytesUnderTheTypedArrayTag() throws Exception {
    // Encoders of older automerge-repo versions tag Uint8Array values.
    byte[] plain = RepoFrameCodec.encode(new RepoMessage.Sync("a", "b", "d", DATA));
    byte[] tagged =
        hex(
            HexFormat.of()
                .formatHex(plain)
                .replace("646461746143010203", "6464617461d84043010203"));
    assertThat(tagged).hasSize(plain.length + 2);
    assertThat(RepoFrameCodec.decode(tagged)).isEqualTo(RepoFrameCodec.decode(plain));
  }

  @Test
  void decode_shouldTreatNullAndUndefinedAsAbsent() throws Exception {
    byte[] frame =
        hex(
            "a4 64 74797065 64 6a6f696e 68 73656e6465724964 6161"
                + " 6c 706565724d65746164617461 f6 78 19 "
                + HexFormat.of()
                    .formatHex("supportedProtocolVersions".getBytes(StandardCharsets.US_ASCII))
                + " f7");
    assertThat(RepoFrameCodec.decode(frame))
        .isEqualTo(new RepoMessage.Join("a", PeerMetadata.NONE, null));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          | EMPTY
          f6 | NOT_A_MAP
          80 | NOT_A_MAP
          a0 | MISSING_FIELD
          a1 64 74797065 | TRUNCATED
          a1 64 74797065 65 6c6561 | TRUNCATED
          a1 64 74797065 7b ffffffffffffffff | TRUNCATED
          bb 7fffffffffffffff | TRUNCATED
          ba ffffffff | TRUNCATED
          a1 64 74797065 01 | WRONG_FIELD_TYPE
          a1 64 74797065 65 6c65617665 | MISSING_FIELD
          a2 64 74797065 65 6c65617665 68 73656e6465724964 01 | WRONG_FIELD_TYPE
          a2 64 74797065 65 6c65617665 68 73656e6465724964 61 ff | INVALID_TEXT
          a2 64 74797065 65 6c65617665 68 73656e6465724964 61 61 00 | TRAILING_BYTES
          a3 64 74797065 65 6c65617665 68 73656e6465724964 6161 68 73656e6465724964 6162 | DUPLICATE_FIELD
          a2 64 74797065 65 6c65617665 61 78 1c | INVALID_CBOR
          a2 64 74797065 65 6c65617665 61 78 ff | INVALID_CBOR
          a2 64 74797065 65 6c65617665 61 78 5f 61 61 ff | INVALID_CBOR
          a1 64 74797065 66 66757475726501 | TRAILING_BYTES
          a1 64 74797065 66 667574757265 | UNKNOWN_TYPE
          a2 64 74797065 66 667574757265 64 64617461 01 | UNKNOWN_TYPE
          """)
  void decode_shouldNameWhatIsWrong(String hex, Reason reason) {
    var thrown =
        catchThrowableOfType(
            MalformedFrameException.class,
            () -> RepoFrameCodec.decode(hex(hex == null ? "" : hex)));
    assertThat(thrown).isNotNull();
    assertThat(thrown.reason()).isEqualTo(reason);
  }

  @Test
  void decode_shouldRefuseEmptyData() {
    assertReason(
        RepoFrameCodec.encode(new RepoMessage.Sync("a", "b", "d", Bytes.EMPTY)), Reason.EMPTY_DATA);
  }

  @Test
  void decode_shouldRefuseLongIds() {
    assertReason(
        RepoFrameCodec.encode(new RepoMessage.Leave("a".repeat(257))), Reason.FIELD_TOO_LONG);
    assertReason(
        RepoFrameCodec.encode(new RepoMessage.DocUnavailable("a", "b", "d".repeat(129))),
        Reason.FIELD_TOO_LONG);
  }

  @Test
  void decode_shouldRefuseDeepNesting() {
    byte[] frame = hex("a2 64 74797065 65 6c65617665 61 78" + "81".repeat(100_000) + "01");
    assertReason(frame, Reason.TOO_DEEP);
  }

  @Test
  void decode_shouldRefuseNumbersThatAreNoCounts() {
    byte[] good = RepoFrameCodec.encode(new RepoMessage.Ephemeral("a", "b", "d", DATA, 1, "x"));
    String field = "65636f756e74";
    for (String number : List.of("20", "fb3ff8000000000000", "fb7ff8000000000000", "f97c00")) {
      byte[] bad = hex(HexFormat.of().formatHex(good).replace(field + "01", field + number));
      assertReason(bad, Reason.NUMBER_OUT_OF_RANGE);
    }
  }

  @Test
  void decode_shouldRefuseMoreStorageIdsThanTheBound() {
    List<String> many = java.util.Collections.nCopies(1025, "s");
    assertReason(
        RepoFrameCodec.encode(new RepoMessage.RemoteSubscriptionChange("a", "b", many, List.of())),
        Reason.FIELD_TOO_LONG);
  }

  @Test
  void messages_shouldNotShowContents() {
    var message =
        new RepoMessage.Sync(
            "a", "b", "d", Bytes.wrap("secret letter".getBytes(StandardCharsets.UTF_8)));
    assertThat(message.toString()).doesNotContain("secret");
  }

  @Test
  void exception_shouldCarryNoStackTrace() {
    assertThatThrownBy(() -> RepoFrameCodec.decode(new byte[] {1}))
        .satisfies(thrown -> assertThat(thrown.getStackTrace()).isEmpty());
  }

  private static void assertReason(byte[] frame, Reason reason) {
    var thrown =
        catchThrowableOfType(MalformedFrameException.class, () -> RepoFrameCodec.decode(frame));
    assertThat(thrown).isNotNull();
    assertThat(thrown.reason()).isEqualTo(reason);
  }

  private static byte[] hex(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }
}
