package org.peerstead.discovery.rpc.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.Vectors;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.Slice;

/** Packets of npm dht-rpc 6.27.0 and hyperdht 6.34.0: packets.json, capture-dialogue.json. */
class RpcCodecVectorTest {
  @Test
  void everyPacket_shouldDecodeAndEncodeToTheSameBytes() throws Exception {
    List<JsonNode> packets = new ArrayList<>();
    for (JsonNode exchange : Vectors.load("packets.json").get("packets")) {
      packets.add(exchange.get("request"));
      exchange.path("sent").forEach(packets::add);
    }
    for (JsonNode each : packets) {
      Packet packet = RpcCodec.decode(Vectors.slice(each, "hex"));
      JsonNode decoded = each.get("decoded");
      assertThat(packet).isEqualTo(expected(decoded));
      assertThat(Slice.of(encode(packet))).isEqualTo(Vectors.slice(each, "hex"));
    }
    assertThat(packets).hasSize(32 + 31);
  }

  @Test
  void everyPacketOfALiveDialogue_shouldDecodeAndEncodeToTheSameBytes() throws Exception {
    int packets = 0;
    for (JsonNode each : Vectors.load("capture-dialogue.json").get("packets")) {
      String kind = each.path("kind").asText();
      if (!kind.equals("request") && !kind.equals("response")) {
        continue;
      }
      packets++;
      Packet packet = RpcCodec.decode(Vectors.slice(each, "hex"));
      assertThat(packet.transaction()).isEqualTo(each.get("tid").asInt());
      assertThat(packet.id() != null).isEqualTo(each.get("hasId").asBoolean());
      assertThat(packet instanceof Request).isEqualTo(kind.equals("request"));
      assertThat(Slice.of(encode(packet))).isEqualTo(Vectors.slice(each, "hex"));
    }
    assertThat(packets).isGreaterThan(60);
  }

  @Test
  void addresses_shouldHaveTheBytesOfNpm() throws Exception {
    for (JsonNode each : Vectors.load("ids.json").get("ids")) {
      NodeAddress address = Vectors.address(each);
      CompactWriter writer = new CompactWriter();
      address.write(writer);
      assertThat(writer.toSlice()).isEqualTo(Vectors.slice(each, "addressHex"));
      assertThat(NodeAddress.read(writer.toSlice().reader())).isEqualTo(address);
      assertThat(NodeAddress.parse(address.toString())).isEqualTo(address);
    }
  }

  private static byte[] encode(Packet packet) {
    return switch (packet) {
      case Request request -> RpcCodec.encode(request);
      case Response response -> RpcCodec.encode(response);
    };
  }

  private static Packet expected(JsonNode decoded) {
    int transaction = decoded.get("tid").asInt();
    NodeAddress to = Vectors.address(decoded.get("to"));
    if (decoded.get("type").asText().equals("request")) {
      return new Request(
          transaction,
          to,
          Vectors.fixed32OrNull(decoded, "id"),
          Vectors.fixed32OrNull(decoded, "token"),
          decoded.get("internal").asBoolean(),
          decoded.get("command").asLong(),
          Vectors.fixed32OrNull(decoded, "target"),
          Vectors.sliceOrNull(decoded, "value"));
    }
    return new Response(
        transaction,
        to,
        Vectors.fixed32OrNull(decoded, "id"),
        Vectors.fixed32OrNull(decoded, "token"),
        Vectors.addresses(decoded, "closerNodes"),
        decoded.get("error").asLong(),
        Vectors.sliceOrNull(decoded, "value"));
  }
}
