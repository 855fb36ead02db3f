package org.peerstead.relay.stun;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.peerstead.relay.stun.StunAttribute.CHANNEL_NUMBER;
import static org.peerstead.relay.stun.StunAttribute.FINGERPRINT;
import static org.peerstead.relay.stun.StunAttribute.LIFETIME;
import static org.peerstead.relay.stun.StunAttribute.MESSAGE_INTEGRITY;
import static org.peerstead.relay.stun.StunAttribute.MESSAGE_INTEGRITY_SHA256;
import static org.peerstead.relay.stun.StunAttribute.REALM;
import static org.peerstead.relay.stun.StunAttribute.USERNAME;
import static org.peerstead.relay.stun.StunAttribute.XOR_PEER_ADDRESS;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.peerstead.relay.stun.MalformedStunException.Reason;

/** The rules of RFC 8489 sections 5, 6.3 and 14. */
class StunMessageTest {
  private static final byte[] KEY = "a key".getBytes(UTF_8);
  private static final TransactionId ID = new TransactionId(-1, 0x8000_0000_0000_0001L);

  private static void assertRefused(byte[] bytes, Reason reason) {
    assertRefused(() -> StunMessage.parse(bytes), reason);
  }

  private static void assertRefused(ThrowingCallable reading, Reason reason) {
    assertThatExceptionOfType(MalformedStunException.class)
        .isThrownBy(reading)
        .returns(reason, MalformedStunException::reason);
  }

  @Test
  void parse_shouldRefuseLessThanAHeader() {
    assertRefused(new byte[0], Reason.TOO_SHORT);
    assertRefused(Arrays.copyOf(Raw.binding().toBytes(), 19), Reason.TOO_SHORT);
  }

  @Test
  void parse_shouldRefuseOtherProtocols() {
    for (int first : new int[] {0x40, 0x80, 0xc0}) {
      byte[] bytes = Raw.binding().toBytes();
      bytes[0] = (byte) first;
      assertRefused(bytes, Reason.NOT_STUN);
    }
  }

  @Test
  void parse_shouldRefuseMessagesWithoutCookie() {
    byte[] bytes = Raw.binding().toBytes();
    bytes[7] ^= 1;
    assertRefused(bytes, Reason.WRONG_COOKIE);
  }

  @Test
  void parse_shouldRefuseLengthsThatAreNotTrue() {
    assertRefused(Raw.binding().withLength(4), Reason.WRONG_LENGTH);
    assertRefused(Raw.binding().withLength(0xffff), Reason.WRONG_LENGTH);
    assertRefused(Raw.binding().attribute(LIFETIME, 0, 0, 0, 1).withLength(4), Reason.WRONG_LENGTH);
    assertRefused(Raw.binding().int16(0).withLength(2), Reason.WRONG_LENGTH);
  }

  @Test
  void parse_shouldRefuseAttributesThatEndBehindTheMessage() {
    assertRefused(Raw.binding().int16(0x8022).int16(1).toBytes(), Reason.ATTRIBUTE_OVERRUN);
    assertRefused(
        Raw.binding().int16(0x8022).int16(5).int32(0).toBytes(), Reason.ATTRIBUTE_OVERRUN);
    // With its padding it has 65,540 bytes, which is 4 in 16 bits.
    assertRefused(
        Raw.binding().int16(0x8022).int16(0xffff).int32(0).toBytes(), Reason.ATTRIBUTE_OVERRUN);
  }

  @Test
  void parse_shouldRefuseWrongFingerprints() {
    byte[] bytes = Raw.binding().fingerprint().toBytes();
    bytes[bytes.length - 1] ^= 1;
    assertRefused(bytes, Reason.WRONG_FINGERPRINT);
    assertRefused(Raw.binding().attribute(FINGERPRINT).toBytes(), Reason.WRONG_FINGERPRINT);
    assertRefused(
        Raw.binding().attribute(FINGERPRINT, 1, 2, 3, 4, 5).toBytes(), Reason.WRONG_FINGERPRINT);
  }

  @Test
  void parse_shouldRefuseFingerprintsThatAreNotLast() {
    byte[] bytes = Raw.binding().fingerprint().attribute(LIFETIME, 0, 0, 0, 1).toBytes();
    assertRefused(bytes, Reason.WRONG_FINGERPRINT);
    assertRefused(Raw.binding().fingerprint().fingerprint().toBytes(), Reason.WRONG_FINGERPRINT);
  }

  @Test
  void parse_shouldCheckTheFingerprintBehindIntegrity() {
    byte[] bytes =
        StunWriter.request(StunMethod.BINDING, ID)
            .integrity(IntegrityKind.SHA1, KEY)
            .fingerprint()
            .toBytes();
    bytes[bytes.length - 1] ^= 1;
    assertRefused(bytes, Reason.WRONG_FINGERPRINT);
  }

  @Test
  void parse_shouldRefuseIntegrityOfWrongLength() {
    assertRefused(
        Raw.binding().attribute(MESSAGE_INTEGRITY, new byte[19]).toBytes(), Reason.BAD_ATTRIBUTE);
    for (int length : new int[] {0, 12, 18, 33, 36}) {
      assertRefused(
          Raw.binding().attribute(MESSAGE_INTEGRITY_SHA256, new byte[length]).toBytes(),
          Reason.BAD_ATTRIBUTE);
    }
  }

  @Test
  void attributes_shouldNotCountBehindIntegrity() throws MalformedStunException {
    for (IntegrityKind kind : List.of(IntegrityKind.SHA1, IntegrityKind.SHA256)) {
      StunMessage message =
          StunMessage.parse(
              StunWriter.request(StunMethod.REFRESH, ID)
                  .text(USERNAME, "user")
                  .integrity(kind, KEY)
                  .uint32(LIFETIME, 0)
                  .text(USERNAME, "other")
                  .empty(0x7abc)
                  .fingerprint()
                  .toBytes());

      assertThat(message.has(LIFETIME)).isFalse();
      assertThat(message.uint32(LIFETIME, -1)).isEqualTo(-1);
      assertThat(message.text(USERNAME)).isEqualTo("user");
      assertThat(message.unknownRequired(type -> type == USERNAME)).isEmpty();
      assertThat(message.isIntegrityRight(KEY)).isTrue();
      assertThat(message.hasFingerprint()).isTrue();
    }
  }

  @Test
  void integrity_shouldBeTheStrongerOfTwo() throws MalformedStunException {
    byte[] bytes =
        StunWriter.request(StunMethod.REFRESH, ID)
            .integrity(IntegrityKind.SHA1, KEY)
            .integrity(IntegrityKind.SHA256, KEY)
            .toBytes();
    StunMessage message = StunMessage.parse(bytes.clone());

    assertThat(message.integrity()).isEqualTo(IntegrityKind.SHA256);
    assertThat(message.isIntegrityRight(KEY)).isTrue();

    // The SHA-1 of a message that was changed behind it is still right, but does not count.
    bytes[bytes.length - 1] ^= 1;
    assertThat(StunMessage.parse(bytes).isIntegrityRight(KEY)).isFalse();
  }

  @Test
  void integrity_shouldNotCountSha1BehindSha256() throws MalformedStunException {
    StunMessage message =
        StunMessage.parse(
            StunWriter.request(StunMethod.REFRESH, ID)
                .integrity(IntegrityKind.SHA256, new byte[] {1})
                .integrity(IntegrityKind.SHA1, KEY)
                .toBytes());

    assertThat(message.integrity()).isEqualTo(IntegrityKind.SHA256);
    assertThat(message.isIntegrityRight(KEY)).isFalse();
  }

  @Test
  void integrity_shouldFailWhenAnyBitBeforeItIsChanged() throws MalformedStunException {
    for (IntegrityKind kind : List.of(IntegrityKind.SHA1, IntegrityKind.SHA256)) {
      byte[] bytes =
          StunWriter.request(StunMethod.REFRESH, ID)
              .text(REALM, "abcd")
              .integrity(kind, KEY)
              .toBytes();
      for (int bit = 8 * 8; bit < 8 * bytes.length; bit++) {
        byte[] changed = bytes.clone();
        changed[bit / 8] ^= (byte) (1 << bit % 8);
        try {
          assertThat(StunMessage.parse(changed).isIntegrityRight(KEY)).isFalse();
        } catch (MalformedStunException e) {
          assertThat(e.reason()).isIn(Reason.ATTRIBUTE_OVERRUN, Reason.BAD_ATTRIBUTE);
        }
      }
    }
  }

  @Test
  void integrity_shouldTakeTruncatedSha256() throws MalformedStunException {
    byte[] whole = Raw.message(0x0004).toBytes();
    byte[] right = Wire.hmac(IntegrityKind.SHA256, KEY, whole, 20, 16);
    byte[] bytes =
        Raw.message(0x0004).attribute(MESSAGE_INTEGRITY_SHA256, Arrays.copyOf(right, 16)).toBytes();

    assertThat(StunMessage.parse(bytes).isIntegrityRight(KEY)).isTrue();
  }

  @Test
  void integrity_shouldBeNoneWithoutAttribute() throws MalformedStunException {
    StunMessage message = StunMessage.parse(Raw.binding().toBytes());

    assertThat(message.integrity()).isEqualTo(IntegrityKind.NONE);
    assertThat(message.isIntegrityRight(KEY)).isFalse();
    assertThat(message.isIntegrityRight(new byte[0])).isFalse();
  }

  @Test
  void attributes_shouldBeTheFirstOfTheirType() throws MalformedStunException {
    TransportAddress first = new TransportAddress(IpAddress.parse("192.0.2.1"), 1);
    TransportAddress second = new TransportAddress(IpAddress.parse("2001:db8::2"), 2);
    StunMessage message =
        StunMessage.parse(
            StunWriter.request(StunMethod.CREATE_PERMISSION, ID)
                .uint32(LIFETIME, 7)
                .xorAddress(XOR_PEER_ADDRESS, first)
                .uint32(LIFETIME, 8)
                .xorAddress(XOR_PEER_ADDRESS, second)
                .toBytes());

    assertThat(message.uint32(LIFETIME, -1)).isEqualTo(7);
    assertThat(message.xorAddress(XOR_PEER_ADDRESS)).isEqualTo(first);
    assertThat(message.xorAddresses(XOR_PEER_ADDRESS)).containsExactly(first, second);
  }

  @Test
  void attributes_shouldIgnorePadding() throws MalformedStunException {
    byte[] bytes = Raw.binding().attribute(USERNAME, 'a').attribute(REALM, 'b').toBytes();
    bytes[25] = bytes[26] = bytes[27] = -1;
    StunMessage message = StunMessage.parse(bytes);

    assertThat(message.text(USERNAME)).isEqualTo("a");
    assertThat(message.text(REALM)).isEqualTo("b");
  }

  @Test
  void attributes_shouldBeAbsentWhenThereAreNone() throws MalformedStunException {
    StunMessage message = StunMessage.parse(Raw.binding().toBytes());

    assertThat(message.has(USERNAME)).isFalse();
    assertThat(message.bytes(USERNAME)).isNull();
    assertThat(message.text(USERNAME)).isNull();
    assertThat(message.uint32(LIFETIME, 9)).isEqualTo(9);
    assertThat(message.xorAddress(XOR_PEER_ADDRESS)).isNull();
    assertThat(message.xorAddresses(XOR_PEER_ADDRESS)).isEmpty();
    assertThat(message.address(XOR_PEER_ADDRESS)).isNull();
  }

  @Test
  void text_shouldRefuseWhatIsNotUtf8() throws MalformedStunException {
    for (int[] wrong : new int[][] {{0xff}, {0xc0, 0x80}, {0xed, 0xa0, 0x80}, {0xe3, 0x83}}) {
      StunMessage message = StunMessage.parse(Raw.binding().attribute(USERNAME, wrong).toBytes());
      assertRefused(() -> message.text(USERNAME), Reason.BAD_ATTRIBUTE);
    }
  }

  @Test
  void uint32_shouldRefuseOtherLengths() throws MalformedStunException {
    for (int length : new int[] {0, 3, 5, 8}) {
      StunMessage message =
          StunMessage.parse(Raw.binding().attribute(LIFETIME, new byte[length]).toBytes());
      assertRefused(() -> message.uint32(LIFETIME, 0), Reason.BAD_ATTRIBUTE);
    }
    assertThat(
            StunMessage.parse(Raw.binding().attribute(LIFETIME, 255, 255, 255, 255).toBytes())
                .uint32(LIFETIME, 0))
        .isEqualTo(0xffff_ffffL);
  }

  @Test
  void addresses_shouldHaveTheLengthOfTheirFamily() throws MalformedStunException {
    int[][] wrong = {
      {},
      {0},
      {0, 1, 0},
      {0, 1, 0, 9},
      {0, 1, 0, 9, 1, 2, 3},
      {0, 1, 0, 9, 1, 2, 3, 4, 5},
      {0, 2, 0, 9, 1, 2, 3, 4},
      {0, 0, 0, 9, 1, 2, 3, 4},
      {0, 3, 0, 9, 1, 2, 3, 4},
      IntStream.range(0, 20).map(i -> i == 1 ? 1 : i).toArray(),
      IntStream.range(0, 20).map(i -> i == 1 ? 0x82 : i).toArray()
    };
    for (int[] value : wrong) {
      StunMessage message =
          StunMessage.parse(Raw.binding().attribute(XOR_PEER_ADDRESS, value).toBytes());
      assertRefused(() -> message.xorAddress(XOR_PEER_ADDRESS), Reason.BAD_ATTRIBUTE);
      assertRefused(() -> message.xorAddresses(XOR_PEER_ADDRESS), Reason.BAD_ATTRIBUTE);
      assertRefused(() -> message.address(XOR_PEER_ADDRESS), Reason.BAD_ATTRIBUTE);
    }
  }

  @Test
  void addresses_shouldIgnoreTheReservedByte() throws MalformedStunException {
    StunMessage message =
        StunMessage.parse(
            Raw.binding().attribute(XOR_PEER_ADDRESS, 0xff, 1, 0, 80, 192, 0, 2, 1).toBytes());

    assertThat(message.address(XOR_PEER_ADDRESS)).hasToString("192.0.2.1:80");
  }

  @Test
  void addresses_shouldKeepMappedOnesAsTheyAre() throws MalformedStunException {
    TransportAddress mapped = new TransportAddress(IpAddress.parse("::ffff:127.0.0.1"), 9);
    StunMessage message =
        StunMessage.parse(
            StunWriter.request(StunMethod.CREATE_PERMISSION, ID)
                .xorAddress(XOR_PEER_ADDRESS, mapped)
                .toBytes());

    assertThat(message.xorAddress(XOR_PEER_ADDRESS)).isEqualTo(mapped);
    assertThat(mapped.ip().family()).isEqualTo(IpFamily.V6);
  }

  @Test
  void unknownRequired_shouldNameEachOnceAndNoOptionalOnes() throws MalformedStunException {
    StunMessage message =
        StunMessage.parse(
            Raw.binding()
                .attribute(0x7abc)
                .attribute(CHANNEL_NUMBER, 0x40, 0, 0, 0)
                .attribute(0x8abc)
                .attribute(0x0010, 1)
                .attribute(0x7abc, 1, 2)
                .toBytes());

    assertThat(message.unknownRequired(type -> type == CHANNEL_NUMBER))
        .containsExactly(0x7abc, 0x0010);
  }

  @Test
  void unknownRequired_shouldBeBounded() throws MalformedStunException {
    Raw raw = Raw.binding();
    IntStream.range(0, 16_000).forEach(i -> raw.attribute(0x100 + i));

    assertThat(StunMessage.parse(raw.toBytes()).unknownRequired(type -> false)).hasSize(32);
  }

  @Test
  void methodsAndClasses_shouldBeThoseOfTheRegistry() throws MalformedStunException {
    int[][] types = {
      {0x0001, 0x001}, {0x0011, 0x001}, {0x0101, 0x001}, {0x0111, 0x001},
      {0x0003, 0x003}, {0x0113, 0x003}, {0x0016, 0x006}, {0x0017, 0x007},
      {0x0108, 0x008}, {0x0119, 0x009}, {0x001c, 0x00c}, {0x0310, 0x080}
    };
    for (int[] type : types) {
      StunMessage message = StunMessage.parse(Raw.message(type[0]).toBytes());
      StunClass expected =
          switch (type[0] & 0x0110) {
            case 0 -> StunClass.REQUEST;
            case 0x0010 -> StunClass.INDICATION;
            case 0x0100 -> StunClass.SUCCESS;
            default -> StunClass.ERROR;
          };
      assertThat(message.method()).isEqualTo(type[1]);
      assertThat(message.messageClass()).isEqualTo(expected);
      assertThat(StunMethod.type(type[1], expected)).isEqualTo(type[0]);
    }
    for (int type = 0; type < 0x4000; type++) {
      assertThat(StunMethod.type(StunMethod.method(type), StunMethod.messageClass(type)))
          .isEqualTo(type);
    }
  }
}
