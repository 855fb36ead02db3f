package org.peerstead.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.peerstead.events.MalformedEventException.Reason;

/** Golden bytes of version 1, and what the decoder makes of bytes that are not an event. */
class EventCodecTest {
  private static final DocumentId DOCUMENT =
      DocumentId.of(HexFormat.of().parseHex("00112233445566778899aabbccddeeff"));
  private static final Session SESSION =
      new Session("gw", "s1", "peer-a", "storage-a", false, "anonymous");
  private static final Session BARE = new Session("gw", "s1", "peer-a", null, true, "anonymous");
  private static final CoreKey CORE = CoreKey.of(HexFormat.of().parseHex("c0".repeat(32)));
  private static final Hash32 HASH = Hash32.fromHex("ab".repeat(32));

  private static final Map<Event, String> GOLDEN = new LinkedHashMap<>();

  static {
    GOLDEN.put(
        new SyncInbound(SESSION, 7, DOCUMENT, SyncInbound.Kind.REQUEST, bytes("42")),
        "ac00010101025000112233445566778899aabbccddeeff03626777046273310566706565"
            + "722d61066973746f726167652d6107f40869616e6f6e796d6f757309070a010b4142");
    GOLDEN.put(
        new SyncInbound(BARE, 8, DOCUMENT, SyncInbound.Kind.CLOSED, Bytes.EMPTY),
        "ab00010101025000112233445566778899aabbccddeeff03626777046273310566706565"
            + "722d6107f50869616e6f6e796d6f757309080a030b40");
    GOLDEN.put(
        new SyncOutbound("gw", "s1", 1, DOCUMENT, new SyncOutbound.Message(false, bytes("4300"))),
        "a800010102025000112233445566778899aabbccddeeff03626777046273310501060007" + "424300");
    GOLDEN.put(
        new SyncOutbound("gw", "s1", 2, DOCUMENT, new SyncOutbound.Unavailable()),
        "a700010102025000112233445566778899aabbccddeeff036267770462733105020602");
    GOLDEN.put(
        new SyncOutbound(
            "gw",
            "s1",
            3,
            DOCUMENT,
            new SyncOutbound.Refused(SyncOutbound.Refusal.STORE_FULL, "full")),
        "a900010102025000112233445566778899aabbccddeeff03626777046273310503060308"
            + "04096466756c6c");
    GOLDEN.put(
        new SyncOutbound(
            "gw", "s1", 4, DOCUMENT, new SyncOutbound.RemoteHeads("st", List.of(HASH), 1000)),
        "aa00010102025000112233445566778899aabbccddeeff0362677704627331050406040a"
            + "6273740b5820abababababababababababababababababababababababababababababab"
            + "abab0c1903e8");
    GOLDEN.put(
        new DocumentChanged(DOCUMENT, List.of(HASH), List.of(HASH), List.of(bytes("85")), "s1", 9),
        "a800010103025000112233445566778899aabbccddeeff035820abababababababababab"
            + "abababababababababababababababababababababab045820ababababababababababab"
            + "ababababababababababababababababababababab05814185066273310709");
    GOLDEN.put(
        new Ephemeral("gw", "s1", "peer-a", "abc", 12, DOCUMENT, bytes("f6")),
        "a900010104025000112233445566778899aabbccddeeff03626777046273310566706565"
            + "722d610663616263070c0841f6");
    GOLDEN.put(
        new DocumentCommand(
            "gw", "r1", "admin", DOCUMENT, new DocumentCommand.CreateFromJson(bytes("7b7d"))),
        "a800010105025000112233445566778899aabbccddeeff0362677704627231056561646d"
            + "696e060107427b7d");
    GOLDEN.put(
        new DocumentCommand("gw", "r2", "admin", DOCUMENT, new DocumentCommand.Delete()),
        "a700010105025000112233445566778899aabbccddeeff0362677704627232056561646d" + "696e0602");
    GOLDEN.put(
        new DocumentCommandResult(
            "gw",
            "r1",
            DOCUMENT,
            DocumentCommandResult.Outcome.ALREADY_EXISTS,
            List.of(HASH),
            "exists"),
        "a800010106025000112233445566778899aabbccddeeff03626777046272310502065820"
            + "abababababababababababababababababababababababababababababababab07666578"
            + "69737473");
    GOLDEN.put(
        new CoreAppended(CORE, 1, 300, 302, List.of(bytes("aa"), bytes(""))),
        "a700010107025820c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0"
            + "c0c0c0c003010419012c0519012e068241aa40");
    GOLDEN.put(
        new CoreAppended(CORE, 0, 0, 100_000, List.of()),
        "a700010107025820c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0"
            + "c0c0c0c003000400051a000186a00680");
    GOLDEN.put(
        new CoreTruncated(CORE, 2, 7),
        "a500010108025820c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0"
            + "c0c0c0c003020407");
    GOLDEN.put(
        new FollowCommand(CORE, FollowCommand.Action.FOLLOW, "token:ab", 1, 1 << 20),
        "a700010109025820c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0"
            + "c0c0c0c003000468746f6b656e3a61620501061a00100000");
    GOLDEN.put(
        new FollowCommand(CORE, FollowCommand.Action.UNFOLLOW, FollowCommand.ADMIN, 0, 0),
        "a700010109025820c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0"
            + "c0c0c0c00301046561646d696e05000600");
    GOLDEN.put(
        new FollowStatus(CORE, FollowStatus.State.EVICTED, 2, 500, 500, 0, 1000, "full"),
        "aa0001010a025820c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0"
            + "c0c0c0c003030402051901f4061901f40700081903e8096466756c6c");
    GOLDEN.put(
        new AppendCommand(CORE, "r3", List.of(bytes("0102"))),
        "a50001010b025820c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0"
            + "c0c0c0c0036272330481420102");
    GOLDEN.put(
        new PeerSeen(CORE, "127.0.0.1:3282", true, 1000, ""),
        "a70001010c025820c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0"
            + "c0c0c0c0036e3132372e302e302e313a3332383204f5051903e80660");
    GOLDEN.put(
        new DhtActivity(
            CORE, DhtActivity.State.SERVING, "192.0.2.7:49737", 105, 1000, 65536, 1000, "ok"),
        "aa0001010d025820c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0"
            + "c0c0c0c00301046f3139322e302e322e373a3439373337051869061903e8071a00010000"
            + "081903e809626f6b");
    GOLDEN.put(
        new RelaySession(
            "s1",
            "192.0.2.7:3478",
            RelaySession.Phase.CLOSED,
            "ann",
            RelaySession.Transport.TLS,
            1000,
            2000,
            300,
            65536,
            RelaySession.Reason.EXPIRED),
        "ac0001010e02627331036e3139322e302e322e373a3334373804010563616e6e0602071903e8"
            + "081907d00919012c0a1a000100000b02");
  }

  private static Bytes bytes(String hex) {
    return Bytes.wrap(HexFormat.of().parseHex(hex));
  }

  @Test
  void encode_shouldGiveGoldenBytesOfVersionOne() {
    GOLDEN.forEach((event, hex) ->
        assertThat(HexFormat.of().formatHex(EventCodec.encode(event)))
            .as(event.toString())
            .isEqualTo(hex));
  }

  @Test
  void decode_shouldReadGoldenBytesOfVersionOne() throws MalformedEventException {
    for (Map.Entry<Event, String> golden : GOLDEN.entrySet()) {
      assertThat(EventCodec.decode(HexFormat.of().parseHex(golden.getValue())))
          .isEqualTo(golden.getKey());
    }
  }

  @Test
  void decode_shouldIgnoreUnknownFieldsOfAnyShape() throws MalformedEventException {
    byte[] event = EventCodec.encode(new Ephemeral("g", "s", "p", "x", 1, DOCUMENT, Bytes.EMPTY));
    // A map of nine fields becomes one of eleven: 40: {"a": [1, null]}, 41: 1.5
    byte[] more = HexFormat.of().parseHex("1828a1616182" + "01f6" + "1829f93e00");
    byte[] extended = Arrays.copyOf(event, event.length + more.length);
    System.arraycopy(more, 0, extended, event.length, more.length);
    assertThat(extended[0]).isEqualTo((byte) 0xa9);
    extended[0] = (byte) 0xab;
    assertThat(EventCodec.decode(extended)).isEqualTo(EventCodec.decode(event));
  }

  @Test
  void decode_shouldNameTheDefect() {
    assertReason("", Reason.NOT_CBOR);
    assertReason("01", Reason.NOT_CBOR);
    assertReason("ff", Reason.NOT_CBOR);
    assertReason("a0", Reason.MISSING_FIELD);
    assertReason("a0a0", Reason.NOT_CBOR);
    assertReason("a10002", Reason.UNSUPPORTED_VERSION);
    assertReason("a2000101187f", Reason.INVALID_FIELD);
    assertReason("a1001bffffffffffffffff", Reason.INVALID_FIELD);
    assertReason("a200010001", Reason.INVALID_FIELD);
    assertReason("a1005a7fffffff00", Reason.NOT_CBOR);
    assertReason("a100" + "81".repeat(64) + "00", Reason.TOO_LARGE);
  }

  @Test
  void decode_shouldRefuseAnotherEventType() {
    byte[] event = EventCodec.encode(new Ephemeral("g", "s", "p", "x", 1, DOCUMENT, Bytes.EMPTY));
    assertThatThrownBy(() -> EventCodec.decode(event, SyncInbound.class))
        .isInstanceOf(MalformedEventException.class)
        .hasMessageContaining("SyncInbound");
  }

  @Test
  void decode_shouldRefuseOverlongText() {
    byte[] event =
        EventCodec.encode(new Ephemeral("g".repeat(257), "s", "p", "x", 1, DOCUMENT, Bytes.EMPTY));
    assertReason(HexFormat.of().formatHex(event), Reason.INVALID_FIELD);
  }

  @Test
  void decode_shouldGiveTypedErrorForAnyDamage() {
    var random = new Random(4);
    for (Event event : GOLDEN.keySet()) {
      byte[] whole = EventCodec.encode(event);
      for (int length = 0; length < whole.length; length++) {
        byte[] part = Arrays.copyOf(whole, length);
        assertThatThrownBy(() -> EventCodec.decode(part))
            .isInstanceOf(MalformedEventException.class);
      }
      for (int round = 0; round < 2000; round++) {
        byte[] damaged = whole.clone();
        for (int hit = random.nextInt(3); hit >= 0; hit--) {
          damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        }
        try {
          EventCodec.decode(damaged);
        } catch (MalformedEventException expected) {
          assertThat(expected.reason()).isNotNull();
        }
      }
    }
  }

  @Test
  void toString_shouldNotShowContents() {
    byte[] secret = "a very private sentence".getBytes(StandardCharsets.UTF_8);
    var event = new SyncInbound(SESSION, 1, DOCUMENT, SyncInbound.Kind.SYNC, Bytes.copyOf(secret));
    assertThat(event.toString())
        .doesNotContain("private")
        .doesNotContain(HexFormat.of().formatHex(secret));
  }

  private static void assertReason(String hex, Reason reason) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    assertThatThrownBy(() -> EventCodec.decode(bytes))
        .as(hex)
        .isInstanceOfSatisfying(
            MalformedEventException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }
}
