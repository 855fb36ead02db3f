package org.peerstead.discovery.hyperdht.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.EncodingException.Reason;
import org.peerstead.securestream.encoding.Endpoint;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

class MessageTest {
  private static final NodeAddress ADDRESS = NodeAddress.parse("192.0.2.7:513");
  private static final Fixed32 KEY = Fixed32.fromHex("cd".repeat(32));

  private interface Decoder {
    Object decode(Slice bytes) throws EncodingException;
  }

  @Test
  void peerRecord_shouldBeCutToThreeRelaysForTheStore() {
    PeerRecord record = new PeerRecord(KEY, Collections.nCopies(5, ADDRESS));
    assertThat(record.stored().relays()).hasSize(3);
    assertThat(record.stored().encode().length()).isEqualTo(PeerRecord.MAX_STORED_BYTES);
    assertThat(new PeerRecord(KEY, List.of(ADDRESS)).stored().relays()).hasSize(1);
  }

  @Test
  void counts_shouldBeBounded() {
    assertReason(
        PeerRecord::decode,
        new CompactWriter().fixed32(KEY).uint(65).toSlice(),
        Reason.LIMIT_EXCEEDED);
    assertReason(LookupReply::decode, Slice.fromHex("2d"), Reason.LIMIT_EXCEEDED);
    assertReason(NoisePayload::decode, Slice.fromHex("0102000041"), Reason.LIMIT_EXCEEDED);
    assertReason(NoisePayload::decode, Slice.fromHex("010100000341"), Reason.LIMIT_EXCEEDED);
    assertReason(HolepunchPayload::decode, Slice.fromHex("0400000041"), Reason.LIMIT_EXCEEDED);
    assertReason(PluginMessage::decode, Slice.fromHex("fd0001"), Reason.LIMIT_EXCEEDED);
    assertReason(HandshakeMessage::decode, Slice.fromHex("0000fdc105"), Reason.LIMIT_EXCEEDED);
  }

  @Test
  void modes_shouldBeKnown() {
    assertReason(HandshakeMessage::decode, Slice.fromHex("000500"), Reason.UNKNOWN_TYPE);
    assertReason(HolepunchMessage::decode, Slice.fromHex("00050000"), Reason.UNKNOWN_TYPE);
  }

  @Test
  void lookupReply_shouldDoWithoutABump() throws Exception {
    assertThat(LookupReply.decode(Slice.fromHex("00"))).isEqualTo(new LookupReply(List.of(), 0));
  }

  @Test
  void plugin_shouldSurviveItsCodec() throws Exception {
    for (Slice value : new Slice[] {Slice.fromHex("0102"), Slice.EMPTY, null}) {
      PluginMessage message = new PluginMessage("größer", 2, 300, value);
      assertThat(PluginMessage.decode(message.encode())).isEqualTo(message);
    }
  }

  @Test
  void noisePayload_shouldReadNothingOfAnotherVersion() throws Exception {
    NoisePayload payload = NoisePayload.decode(Slice.fromHex("02ffffff"));
    assertThat(payload.version()).isEqualTo(2);
    assertThat(payload.udx()).isNull();
    assertThat(payload.encode()).isEqualTo(Slice.fromHex("02"));
  }

  @Test
  void noisePayload_shouldCarryIpv6Addresses() throws Exception {
    NoisePayload payload =
        new NoisePayload(
            1,
            0,
            0,
            null,
            List.of(),
            List.of(new Endpoint(Slice.of(new byte[16]), 77)),
            null,
            null,
            null,
            List.of());
    assertThat(NoisePayload.decode(payload.encode())).isEqualTo(payload);
  }

  @Test
  void messages_shouldRefuseToEndTooEarly() {
    AnnounceMessage announce =
        new AnnounceMessage(
            new PeerRecord(KEY, List.of(ADDRESS)), KEY, Slice.of(new byte[64]), 1_700_000_000_000L);
    assertCuts(AnnounceMessage::decode, announce.encode());
    MutableValue value = new MutableValue(7, Slice.fromHex("aabb"), Slice.of(new byte[64]));
    assertCuts(MutableValue::decode, value.encode());
    assertCuts(MutablePut::decode, new MutablePut(KEY, value).encode());
    assertCuts(
        HandshakeMessage::decode,
        new HandshakeMessage(RelayMode.FROM_RELAY, Slice.fromHex("01"), ADDRESS, ADDRESS).encode());
    assertCuts(
        HolepunchMessage::decode,
        new HolepunchMessage(RelayMode.REPLY, 900, Slice.fromHex("01"), ADDRESS).encode());
    assertCuts(
        HolepunchPayload::decode,
        new HolepunchPayload(true, true, 3, 2, 1, List.of(ADDRESS), ADDRESS, KEY, KEY).encode());
    assertCuts(NoisePayload::decode, NoisePayload.ofStream(1, List.of(ADDRESS), 70_000).encode());
  }

  private static void assertCuts(Decoder decoder, Slice bytes) {
    for (int length = 0; length < bytes.length(); length++) {
      assertReason(decoder, bytes.range(0, length), Reason.TRUNCATED);
    }
  }

  private static void assertReason(Decoder decoder, Slice bytes, Reason reason) {
    assertThatThrownBy(() -> decoder.decode(bytes))
        .isInstanceOfSatisfying(
            EncodingException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }
}
