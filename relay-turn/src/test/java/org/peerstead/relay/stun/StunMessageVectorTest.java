package org.peerstead.relay.stun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.peerstead.relay.stun.StunAttribute.NONCE;
import static org.peerstead.relay.stun.StunAttribute.PASSWORD_ALGORITHM;
import static org.peerstead.relay.stun.StunAttribute.REALM;
import static org.peerstead.relay.stun.StunAttribute.USERHASH;
import static org.peerstead.relay.stun.StunAttribute.USERNAME;
import static org.peerstead.relay.stun.StunAttribute.XOR_MAPPED_ADDRESS;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/**
 * The messages of RFC 5769 sections 2.1 to 2.4 and of RFC 8489 appendix B.1, the latter as erratum
 * 6268 puts it right.
 */
class StunMessageVectorTest {
  private static final int PRIORITY = 0x0024;
  private static final int SOFTWARE = 0x8022;

  private static final byte[] SHORT_TERM_KEY =
      "VOkJxbRl1RmTxUk/WvJxBt".getBytes(StandardCharsets.US_ASCII);

  private static final TransactionId SHORT_TERM_TRANSACTION =
      new TransactionId(0xb7e7a701, 0xbc34d686fa87dfaeL);

  private static final String MATRIX = "\u30de\u30c8\u30ea\u30c3\u30af\u30b9";

  private static final byte[] REQUEST =
      hex(
          "000100582112a442b7e7a701bc34d686fa87dfae"
              + "802200105354554e207465737420636c69656e74"
              + "002400046e0001ff80290008932ff9b151263b36"
              + "000600096576746a3a68367659202020"
              + "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
              + "80280004e57a3bcf");

  private static final byte[] V4_RESPONSE =
      hex(
          "0101003c2112a442b7e7a701bc34d686fa87dfae"
              + "8022000b7465737420766563746f7220"
              + "002000080001a147e112a643"
              + "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
              + "80280004c07d4c96");

  private static final byte[] V6_RESPONSE =
      hex(
          "010100482112a442b7e7a701bc34d686fa87dfae"
              + "8022000b7465737420766563746f7220"
              + "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
              + "00080014a382954e4be67bf11784c97c8292c275bfe3ed41"
              + "80280004c8fb0b4c");

  private static final byte[] LONG_TERM_REQUEST =
      hex(
          "000100602112a44278ad3433c6ad72c029da412e"
              + "00060012e3839ee38388e383aae38383e382afe382b90000"
              + "0015001c662f2f3439396b39353464364f4c33346f4c39465354767936347341"
              + "0014000b6578616d706c652e6f726700"
              + "00080014f67024656dd64a3e02b8e0712e85c9a28ca89666");

  private static final byte[] USERHASH_REQUEST =
      hex(
          "000100902112a44278ad3433c6ad72c029da412e"
              + "001e00204a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704"
              + "001500296f624d61744a6f733241414143662f2f3439396b3935346436"
              + "4f4c33346f4c39465354767936347341000000"
              + "0014000b6578616d706c652e6f726700"
              + "001d000400020000"
              + "001c0020b5c7bf005b6c52a21c51c5e892f81924136296cb927c43149309278cc6518e65");

  /** What the RFC prints: its length counts the header, so the message says more than it has. */
  private static final byte[] USERHASH_REQUEST_AS_PRINTED =
      hex(
          "0001009c2112a44278ad3433c6ad72c029da412e"
              + "001e00204a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704"
              + "001500296f624d61744a6f733241414143662f2f3439396b3935346436"
              + "4f4c33346f4c39465354767936347341000000"
              + "0014000b6578616d706c652e6f726700"
              + "001c0020e4686c8f0edeb59013e07090010a93efccbccc544c0a45d9f830aa6d6f735a01");

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  private static StunMessage parse(byte[] bytes) throws MalformedStunException {
    return StunMessage.parse(bytes.clone());
  }

  @Test
  void request_shouldBeRead() throws MalformedStunException {
    StunMessage message = parse(REQUEST);

    assertThat(message.method()).isEqualTo(StunMethod.BINDING);
    assertThat(message.messageClass()).isEqualTo(StunClass.REQUEST);
    assertThat(message.transactionId()).isEqualTo(SHORT_TERM_TRANSACTION);
    assertThat(message.text(SOFTWARE)).isEqualTo("STUN test client");
    assertThat(message.uint32(PRIORITY, -1)).isEqualTo(0x6e0001ffL);
    assertThat(message.text(USERNAME)).isEqualTo("evtj:h6vY");
    assertThat(message.hasFingerprint()).isTrue();
    assertThat(message.integrity()).isEqualTo(IntegrityKind.SHA1);
    assertThat(message.isIntegrityRight(SHORT_TERM_KEY)).isTrue();
    assertThat(message.isIntegrityRight(new byte[] {1})).isFalse();
  }

  @Test
  void v4Response_shouldBeReadAndWritten() throws MalformedStunException {
    StunMessage message = parse(V4_RESPONSE);
    TransportAddress mapped = new TransportAddress(IpAddress.parse("192.0.2.1"), 32853);

    assertThat(message.messageClass()).isEqualTo(StunClass.SUCCESS);
    assertThat(message.text(SOFTWARE)).isEqualTo("test vector");
    assertThat(message.xorAddress(XOR_MAPPED_ADDRESS)).isEqualTo(mapped);
    assertThat(message.isIntegrityRight(SHORT_TERM_KEY)).isTrue();
    assertWritten(mapped, message);
  }

  @Test
  void v6Response_shouldBeReadAndWritten() throws MalformedStunException {
    StunMessage message = parse(V6_RESPONSE);
    TransportAddress mapped =
        new TransportAddress(IpAddress.parse("2001:db8:1234:5678:11:2233:4455:6677"), 32853);

    assertThat(message.xorAddress(XOR_MAPPED_ADDRESS)).isEqualTo(mapped);
    assertThat(message.isIntegrityRight(SHORT_TERM_KEY)).isTrue();
    assertWritten(mapped, message);
  }

  /** The vectors pad with spaces, we pad with zeros: all but padding and what sums it is equal. */
  private static void assertWritten(TransportAddress mapped, StunMessage vector)
      throws MalformedStunException {
    byte[] written =
        StunWriter.success(parse(REQUEST))
            .text(SOFTWARE, "test vector")
            .xorAddress(XOR_MAPPED_ADDRESS, mapped)
            .integrity(IntegrityKind.SHA1, SHORT_TERM_KEY)
            .fingerprint()
            .toBytes();
    StunMessage again = StunMessage.parse(written);

    assertThat(again.length()).isEqualTo(vector.length());
    assertThat(again.transactionId()).isEqualTo(vector.transactionId());
    assertThat(again.bytes(XOR_MAPPED_ADDRESS)).isEqualTo(vector.bytes(XOR_MAPPED_ADDRESS));
    assertThat(again.isIntegrityRight(SHORT_TERM_KEY)).isTrue();
    assertThat(again.hasFingerprint()).isTrue();
  }

  @Test
  void longTermRequest_shouldBeReadAndWritten() throws MalformedStunException {
    StunMessage message = parse(LONG_TERM_REQUEST);
    byte[] key = LongTermKey.md5(MATRIX, "example.org", "TheMatrIX");

    assertThat(message.text(USERNAME)).isEqualTo(MATRIX);
    assertThat(message.text(NONCE)).isEqualTo("f//499k954d6OL34oL9FSTvy64sA");
    assertThat(message.text(REALM)).isEqualTo("example.org");
    assertThat(message.hasFingerprint()).isFalse();
    assertThat(message.isIntegrityRight(key)).isTrue();
    assertThat(
            StunWriter.request(StunMethod.BINDING, message.transactionId())
                .text(USERNAME, MATRIX)
                .text(NONCE, "f//499k954d6OL34oL9FSTvy64sA")
                .text(REALM, "example.org")
                .integrity(IntegrityKind.SHA1, key)
                .toBytes())
        .isEqualTo(LONG_TERM_REQUEST);
  }

  @Test
  void userHashRequest_shouldBeReadAndWritten() throws MalformedStunException {
    StunMessage message = parse(USERHASH_REQUEST);
    byte[] key = LongTermKey.sha256(MATRIX, "example.org", "TheMatrIX");
    byte[] userHash = LongTermKey.userHash(MATRIX, "example.org");
    String nonce = "obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA";

    assertThat(message.bytes(USERHASH)).isEqualTo(userHash);
    assertThat(message.text(NONCE)).isEqualTo(nonce);
    assertThat(message.integrity()).isEqualTo(IntegrityKind.SHA256);
    assertThat(message.isIntegrityRight(key)).isTrue();
    assertThat(message.isIntegrityRight(LongTermKey.md5(MATRIX, "example.org", "TheMatrIX")))
        .isFalse();
    assertThat(
            StunWriter.request(StunMethod.BINDING, message.transactionId())
                .bytes(USERHASH, userHash)
                .text(NONCE, nonce)
                .text(REALM, "example.org")
                .bytes(PASSWORD_ALGORITHM, new byte[] {0, 2, 0, 0})
                .integrity(IntegrityKind.SHA256, key)
                .toBytes())
        .isEqualTo(USERHASH_REQUEST);
  }

  @Test
  void userHashRequest_shouldBeRefusedAsPrinted() {
    assertThatExceptionOfType(MalformedStunException.class)
        .isThrownBy(() -> parse(USERHASH_REQUEST_AS_PRINTED))
        .returns(MalformedStunException.Reason.WRONG_LENGTH, MalformedStunException::reason);
    // Its HMAC is over the wrong length as well.
    byte[] key = LongTermKey.sha256(MATRIX, "example.org", "TheMatrIX");
    int end = USERHASH_REQUEST_AS_PRINTED.length - 36;
    assertThat(Wire.hmac(IntegrityKind.SHA256, key, USERHASH_REQUEST_AS_PRINTED, end, 32 + 20))
        .isEqualTo(Arrays.copyOfRange(USERHASH_REQUEST_AS_PRINTED, end + 4, end + 36));
  }
}
