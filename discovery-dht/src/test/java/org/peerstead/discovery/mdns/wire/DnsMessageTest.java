package org.peerstead.discovery.mdns.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.mdns.wire.MalformedDnsException.Reason;
import org.peerstead.securestream.encoding.Slice;

class DnsMessageTest {
  private static final DnsName TYPE = DnsName.of("_peerstead", "_tcp", "local");

  @Test
  void encode_shouldWriteTheBytesOfRfc1035_whenAskingForAServiceType() {
    var query =
        new DnsMessage(0, false, List.of(new DnsQuestion(TYPE, DnsRecord.PTR, false)), List.of());

    assertThat(HexFormat.of().formatHex(query.encode()))
        .isEqualTo(
            "000000000001000000000000"
                + "0a5f706565727374656164"
                + "045f746370"
                + "056c6f63616c00"
                + "000c0001");
  }

  @Test
  void encode_shouldCompressNames_exceptTheHostOfAService() throws Exception {
    DnsName instance = TYPE.child("abc");
    DnsName host = DnsName.of("h", "local");
    var answer =
        new DnsMessage(
            0,
            true,
            List.of(),
            List.of(
                new DnsRecord.Pointer(TYPE, 1200, false, instance),
                new DnsRecord.Service(instance, 120, true, 3282, host),
                new DnsRecord.Address(host, 120, true, HostAddress.of(new byte[] {10, 0, 0, 1}))));

    byte[] bytes = answer.encode();

    assertThat(HexFormat.of().formatHex(bytes))
        .isEqualTo(
            "000084000000000300000000"
                + "0a5f7065657273746561640"
                + "45f746370056c6f63616c00"
                + "000c0001000004b00006"
                + "03616263c00c"
                + "c02d002180010000007800"
                + "0f"
                + "000000000cd2"
                + "0168056c6f63616c00"
                + "0168c01c"
                + "000180010000007800040a000001");
    assertThat(DnsMessage.decode(bytes, bytes.length)).isEqualTo(answer);
  }

  @Test
  void decode_shouldReadWhatItWrote() throws Exception {
    DnsName instance = TYPE.child("Ünï 1");
    var message =
        new DnsMessage(
            0x1234,
            true,
            List.of(
                new DnsQuestion(TYPE, DnsRecord.PTR, true),
                new DnsQuestion(instance, DnsRecord.ANY, false)),
            List.of(
                new DnsRecord.Text(instance, Integer.MAX_VALUE, true, Slice.fromHex("0161")),
                new DnsRecord.Address(
                    DnsName.of("h", "local"), 0, false, HostAddress.of(new byte[16]))));

    byte[] bytes = message.encode();

    assertThat(DnsMessage.decode(bytes, bytes.length)).isEqualTo(message);
  }

  @Test
  void decode_shouldPassOverOtherTypesClassesAndAuthorities() throws Exception {
    String name = "01610000";
    String hex =
        "0000840000000003"
            + "00010000"
            // OPT with a strange class, HINFO, class CHAOS, and a PTR among the authorities.
            + "00"
            + "0029"
            + "05a0"
            + "00000000"
            + "0004"
            + "deadbeef"
            + name.substring(0, 6)
            + "000d"
            + "0001"
            + "00000001"
            + "0001"
            + "ff"
            + name.substring(0, 6)
            + "000c"
            + "0003"
            + "00000001"
            + "0002"
            + "c00c"
            + name.substring(0, 6)
            + "000c"
            + "0001"
            + "00000001"
            + "0002"
            + "c01b";
    byte[] bytes = HexFormat.of().parseHex(hex);

    assertThat(DnsMessage.decode(bytes, bytes.length).records()).isEmpty();
  }

  @Test
  void decode_shouldRefuse_whenAPointerLeadsNowhereBackwards() {
    // To itself, forwards, and two that lead to each other.
    refuses("000000000001000000000000" + "c00c" + "000c0001", Reason.BAD_NAME);
    refuses("000000000001000000000000" + "c010" + "000c0001" + "016100", Reason.BAD_NAME);
    refuses("000000000001000000000000" + "0161c00e" + "000c0001", Reason.BAD_NAME);
    refuses("000000000002000000000000" + "c012000c0001" + "c00c000c0001", Reason.BAD_NAME);
  }

  @Test
  void decode_shouldRefuse_whenANameIsTooLong() {
    String label = "3f" + "61".repeat(63);
    refuses("000000000001000000000000" + label.repeat(4) + "00000c0001", Reason.BAD_NAME);
    refuses("000000000001000000000000" + "40" + "61".repeat(64) + "00000c0001", Reason.BAD_NAME);
  }

  @Test
  void decode_shouldRefuse_whenSomethingIsCutOrWrong() {
    refuses("0000", Reason.TRUNCATED);
    refuses("000000000001000000000000" + "0361", Reason.TRUNCATED);
    refuses(
        "000080000000000100000000" + "00" + "000c000100000001" + "0005" + "00", Reason.TRUNCATED);
    refuses(
        "000080000000000100000000" + "00" + "0001000100000001" + "0003" + "0a0000",
        Reason.BAD_RECORD);
    refuses(
        "000080000000000100000000" + "00" + "000c000100000001" + "0002" + "0000",
        Reason.BAD_RECORD);
    refuses("000028000000000000000000", Reason.BAD_HEADER);
    refuses("000080030000000000000000", Reason.BAD_HEADER);
    refuses("00008000000000ff00010001", Reason.TOO_MANY_RECORDS);
    refuses("000000000041000000000000", Reason.TOO_MANY_RECORDS);
    refuses("00".repeat(DnsMessage.MAX_BYTES + 1), Reason.TOO_LONG);
  }

  @Test
  void names_shouldBeEqual_whenOnlyTheCaseOfLettersDiffers() {
    assertThat(DnsName.of("_Peerstead", "_TCP", "LOCAL")).isEqualTo(TYPE).hasSameHashCodeAs(TYPE);
    assertThat(TYPE.child("x").isChildOf(DnsName.of("_PEERSTEAD", "_tcp", "local"))).isTrue();
    assertThat(TYPE.isChildOf(TYPE)).isFalse();
    assertThat(TYPE.child("x").child("y").isChildOf(TYPE)).isFalse();
    assertThat(TYPE.child("x").firstLabel()).isEqualTo("x");
    assertThat(TYPE).hasToString("_peerstead._tcp.local.");
    assertThat(DnsName.of()).hasToString(".");
  }

  @Test
  void names_shouldBeBounded() {
    assertThatThrownBy(() -> DnsName.of("a".repeat(64)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TYPE.child("")).isInstanceOf(IllegalArgumentException.class);
    var labels = new ArrayList<String>();
    for (int i = 0; i < 4; i++) {
      labels.add("a".repeat(63));
    }
    assertThatThrownBy(() -> DnsName.of(labels.toArray(String[]::new)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void addresses_shouldKnowTheirNetwork() {
    var host = HostAddress.of(new byte[] {10, 1, (byte) 130, 9});
    assertThat(host.isInNetworkOf(HostAddress.of(new byte[] {10, 1, (byte) 128, 1}), 17)).isTrue();
    assertThat(host.isInNetworkOf(HostAddress.of(new byte[] {10, 1, 127, 1}), 17)).isFalse();
    assertThat(host.isInNetworkOf(HostAddress.of(new byte[] {99, 1, 1, 1}), 0)).isTrue();
    assertThat(host.isInNetworkOf(HostAddress.of(new byte[16]), 0)).isFalse();
    assertThat(host.isHost()).isTrue();
    assertThat(HostAddress.of(new byte[] {127, 0, 0, 1}).isHost()).isFalse();
    assertThat(HostAddress.of(new byte[] {(byte) 224, 0, 0, 1}).isHost()).isFalse();
    assertThat(HostAddress.of(new byte[16]).isHost()).isFalse();
    assertThat(HostAddress.of(new byte[] {(byte) 169, (byte) 254, 1, 1}).isLinkLocal()).isTrue();
  }

  private static void refuses(String hex, Reason reason) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    assertThatThrownBy(() -> DnsMessage.decode(bytes, bytes.length))
        .isInstanceOfSatisfying(
            MalformedDnsException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }
}
