package org.peerstead.discovery.rpc.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.Vectors;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.SeededCases;

/** Whatever the bytes are: a packet that survives its own codec, or a typed refusal. */
class RpcCodecFuzzTest {
  @Test
  void decode_shouldSurviveChangedPackets() {
    List<byte[]> packets = new ArrayList<>();
    for (JsonNode exchange : Vectors.load("packets.json").get("packets")) {
      packets.add(Vectors.bytes(exchange.get("request"), "hex"));
      exchange.path("sent").forEach(each -> packets.add(Vectors.bytes(each, "hex")));
    }
    SeededCases.of("changed packets", 20261123, 20_000)
        .run(random -> check(changed(packets.get(random.nextInt(packets.size())), random)));
  }

  @Test
  void decode_shouldSurviveAnyBytes() {
    SeededCases.of("random datagrams", 20261124, 20_000)
        .run(random -> {
          byte[] bytes = new byte[random.nextInt(300)];
          random.nextBytes(bytes);
          if (bytes.length > 2) {
            bytes[0] = (byte) (random.nextBoolean() ? 0x03 : 0x13);
            bytes[1] &= 0x1f;
          }
          check(bytes);
        });
  }

  private static void check(byte[] bytes) throws MalformedPacketException {
    Packet packet;
    try {
      packet = RpcCodec.decode(Slice.of(bytes));
    } catch (MalformedPacketException e) {
      return;
    }
    byte[] again =
        switch (packet) {
          case Request request -> RpcCodec.encode(request);
          case Response response -> RpcCodec.encode(response);
        };
    assertThat(again.length).isLessThanOrEqualTo(bytes.length);
    assertThat(RpcCodec.decode(Slice.of(again))).isEqualTo(packet);
  }

  private static byte[] changed(byte[] original, RandomGenerator random) {
    byte[] bytes = Arrays.copyOf(original, random.nextInt(original.length + 5));
    for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
      int at = random.nextInt(random.nextBoolean() ? Math.min(12, bytes.length) : bytes.length);
      bytes[at] =
          (byte) (random.nextBoolean() ? random.nextInt() : bytes[at] ^ 1 << random.nextInt(8));
    }
    return bytes;
  }
}
