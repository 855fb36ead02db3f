package org.peerstead.relay.stun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class StunWriterTest {
  private static final TransactionId ID = new TransactionId(0x01020304, 0x05060708090a0b0cL);
  private static final int SOFTWARE = 0x8022;

  private static String attributes(StunWriter writer) {
    byte[] bytes = writer.toBytes();
    assertThat(writer.length()).isEqualTo(bytes.length);
    return HexFormat.of().formatHex(bytes, 20, bytes.length);
  }

  private static StunWriter indication() {
    return StunWriter.indication(StunMethod.DATA, ID);
  }

  @Test
  void header_shouldBeThatOfTheRegistry() {
    assertThat(StunWriter.request(StunMethod.ALLOCATE, ID).toBytes())
        .asHexString()
        .isEqualToIgnoringCase("000300002112a4420102030405060708090a0b0c");
    assertThat(indication().empty(StunAttribute.DATA).toBytes())
        .asHexString()
        .isEqualToIgnoringCase("001700042112a4420102030405060708090a0b0c00130000");
  }

  @Test
  void answers_shouldHaveTheTransactionOfTheRequest() throws MalformedStunException {
    StunMessage request = StunMessage.parse(StunWriter.request(StunMethod.ALLOCATE, ID).toBytes());

    assertThat(StunWriter.success(request).toBytes())
        .asHexString()
        .isEqualToIgnoringCase("010300002112a4420102030405060708090a0b0c");
    assertThat(StunWriter.error(request, StunError.STALE_NONCE).toBytes())
        .asHexString()
        .isEqualToIgnoringCase("011300082112a4420102030405060708090a0b0c0009000400000426");
  }

  @Test
  void attributes_shouldBeThoseOfTheSpecification() {
    assertThat(attributes(indication().channelNumber(0x4001))).isEqualTo("000c000440010000");
    assertThat(attributes(indication().requestedTransport(17))).isEqualTo("0019000411000000");
    assertThat(
            attributes(
                indication().addressFamily(StunAttribute.ADDITIONAL_ADDRESS_FAMILY, IpFamily.V6)))
        .isEqualTo("8000000402000000");
    assertThat(attributes(indication().addressErrorCode(IpFamily.V6, 508)))
        .isEqualTo("8001000402000508");
    assertThat(attributes(indication().unknownAttributes(List.of(0x7abc, 0x001a, 0x0010))))
        .isEqualTo("000a00067abc001a00100000");
    // Type 3, code 4 of IPv4: 7 bits and 9 bits.
    assertThat(attributes(indication().icmp(3, 4, 1280))).isEqualTo("800400080000060400000500");
    assertThat(
            attributes(
                indication()
                    .address(
                        StunAttribute.OTHER_ADDRESS,
                        new TransportAddress(IpAddress.parse("192.0.2.1"), 3479))))
        .isEqualTo("802c000800010d97c0000201");
  }

  @Test
  void padding_shouldBeZeroEvenAfterGrowth() {
    for (int length = 1; length < 400; length++) {
      byte[] value = new byte[length];
      Arrays.fill(value, (byte) -1);
      byte[] bytes = indication().bytes(SOFTWARE, value).bytes(SOFTWARE, value).toBytes();

      int padding = -length & 3;
      for (int i = 0; i < padding; i++) {
        assertThat(bytes[24 + length + i]).isZero();
        assertThat(bytes[bytes.length - 1 - i]).isZero();
      }
    }
  }

  @Test
  void bytes_shouldRefuseMessagesThatAreTooLong() {
    StunWriter writer = indication();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.bytes(StunAttribute.DATA, new byte[0x10000]));
    writer.bytes(StunAttribute.DATA, new byte[0xffff - 7]);
    assertThat(writer.length()).isEqualTo(20 + 0xfffc);
    assertThatIllegalArgumentException().isThrownBy(() -> writer.empty(SOFTWARE));
    assertThat(writer.length()).isEqualTo(20 + 0xfffc);
  }
}
