package org.peerstead.discovery.rpc.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.rpc.wire.MalformedPacketException.Reason;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

class RpcCodecTest {
  private static final NodeAddress TO = NodeAddress.parse("192.0.2.1:49737");
  private static final Fixed32 TARGET = Fixed32.fromHex("ab".repeat(32));
  private static final Request FULL =
      new Request(
          0xffff,
          TO,
          TARGET,
          TARGET,
          false,
          4,
          TARGET,
          Slice.of(new byte[RpcCodec.MAX_PACKET_BYTES]));

  @Test
  void decode_shouldRefuseEveryPacketThatEndsTooEarly() {
    byte[] packet = RpcCodec.encode(FULL);
    for (int length = 0; length < 150; length++) {
      Slice cut = Slice.of(packet, 0, length);
      assertThatThrownBy(() -> RpcCodec.decode(cut))
          .isInstanceOfSatisfying(
              MalformedPacketException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.TRUNCATED));
    }
  }

  @Test
  void decode_shouldIgnoreWhatFollowsTheLastField() throws Exception {
    byte[] packet = RpcCodec.encode(FULL);
    byte[] longer = Arrays.copyOf(packet, packet.length + 7);
    assertThat(RpcCodec.decode(Slice.of(longer))).isEqualTo(FULL);
  }

  @Test
  void decode_shouldTakeAPartOfAnArray() throws Exception {
    byte[] packet = RpcCodec.encode(FULL);
    byte[] around = new byte[packet.length + 10];
    System.arraycopy(packet, 0, around, 5, packet.length);
    assertThat(RpcCodec.decode(Slice.of(around, 5, packet.length))).isEqualTo(FULL);
  }

  @Test
  void decode_shouldRefuseOtherVersionsAndProtocols() {
    for (int first : new int[] {0x00, 0x02, 0x04, 0x12, 0x14, 0x23, 0xff}) {
      byte[] packet = new byte[64];
      packet[0] = (byte) first;
      assertReason(packet, Reason.NOT_RPC);
    }
  }

  @Test
  void decode_shouldRefuseLengthsAndCountsThatNoPacketHolds() {
    assertReason(header(0x03, 16, "00", "feffffff7f"), Reason.LIMIT_EXCEEDED);
    assertReason(header(0x03, 16, "00", "ffffffffffffffff7f"), Reason.LIMIT_EXCEEDED);
    assertReason(header(0x03, 16, "00", "ffffffffffffffffff"), Reason.LIMIT_EXCEEDED);
    assertReason(header(0x13, 4, "29"), Reason.LIMIT_EXCEEDED);
    assertReason(header(0x13, 4, "28"), Reason.TRUNCATED);
    assertReason(header(0x03, 0, "ffffffffffffff2000"), Reason.LIMIT_EXCEEDED);
  }

  @Test
  void decode_shouldTakeNumbersInMoreBytesThanNeeded() throws Exception {
    Packet packet = RpcCodec.decode(Slice.of(header(0x03, 16, "fd0300", "fe01000000", "ee")));
    assertThat(packet)
        .isEqualTo(
            new Request(0, zero(), null, null, false, 3, null, Slice.of(new byte[] {(byte) 0xee})));
  }

  @Test
  void encode_shouldKeepAnEmptyValueApartFromNone() throws Exception {
    for (Slice value : new Slice[] {Slice.EMPTY, null}) {
      Response response = new Response(7, TO, null, null, List.of(), 0, value);
      assertThat(RpcCodec.decode(Slice.of(RpcCodec.encode(response)))).isEqualTo(response);
    }
  }

  @Test
  void encode_shouldCarryAsManyCloserNodesAsAreRead() throws Exception {
    Response response =
        new Response(
            7,
            TO,
            TARGET,
            TARGET,
            Collections.nCopies(RpcCodec.MAX_CLOSER_NODES, TO),
            70_000,
            null);
    assertThat(RpcCodec.decode(Slice.of(RpcCodec.encode(response)))).isEqualTo(response);
  }

  @Test
  void address_shouldRefuseWhatIsNone() {
    for (String text :
        new String[] {
          "",
          "1.2.3.4",
          "1.2.3:5",
          "1.2.3.4.5:6",
          "256.0.0.1:1",
          "1.2.3.4:65536",
          "1.2.3.4:-1",
          "1.2.3.4:x",
          "::1:5",
          "1.2.3.+4:5",
          "1..3.4:5",
          "0001.2.3.4:5"
        }) {
      assertThatThrownBy(() -> NodeAddress.parse(text))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void address_shouldSortAsUnsignedNumbers() {
    assertThat(NodeAddress.parse("200.0.0.1:1")).isGreaterThan(NodeAddress.parse("1.0.0.1:9"));
    assertThat(NodeAddress.parse("1.0.0.1:2")).isGreaterThan(NodeAddress.parse("1.0.0.1:1"));
  }

  private static NodeAddress zero() {
    return new NodeAddress(0, 0);
  }

  private static byte[] header(int type, int flags, String... fields) {
    return Slice.fromHex(
            "%02x%02x".formatted(type, flags) + "00".repeat(8) + String.join("", fields))
        .toByteArray();
  }

  private static void assertReason(byte[] packet, Reason reason) {
    assertThatThrownBy(() -> RpcCodec.decode(Slice.of(packet)))
        .isInstanceOfSatisfying(
            MalformedPacketException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }
}
