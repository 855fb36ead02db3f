package org.peerstead.discovery.hyperdht.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.Vectors;
import org.peerstead.discovery.hyperdht.core.LoneNode.Sent;
import org.peerstead.discovery.hyperdht.records.RecordLimits;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Packet;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.SeededCases;

/** Whatever arrives: at most one packet leaves because of it, and nothing breaks. */
class HyperdhtNodeFuzzTest {
  private final LoneNode node = new LoneNode(RecordLimits.DEFAULT);

  /** Requests with a valid token and values that are nearly right. */
  @Test
  void changedRequests_shouldBeAnsweredOrDropped() throws Exception {
    List<Request> requests = new ArrayList<>();
    for (JsonNode exchange : Vectors.load("packets.json").get("packets")) {
      Packet packet = RpcCodec.decode(Vectors.slice(exchange.get("request"), "hex"));
      requests.add((Request) packet);
    }
    SeededCases.of("changed requests", 20261127, 20_000)
        .run(random -> {
          NodeAddress from = new NodeAddress(0x1e000000 + random.nextInt(50), 4_000);
          Request original = requests.get(random.nextInt(requests.size()));
          @Nullable Fixed32 token = original.token();
          if (token != null && random.nextInt(10) != 0) {
            token = node.token(from);
          }
          Request request =
              new Request(
                  random.nextInt(0x10000),
                  original.to(),
                  null,
                  token,
                  original.internal() && random.nextInt(10) != 0,
                  random.nextInt(4) == 0 ? random.nextInt(13) : original.command(),
                  random.nextInt(10) == 0 ? null : original.target(),
                  changed(original.value(), random));
          List<Sent> sent = node.ask(from, request);
          assertThat(sent).hasSizeLessThanOrEqualTo(1);
          sent.forEach(
              each -> assertThat(each.bytes()).isLessThanOrEqualTo(RpcCodec.MAX_PACKET_BYTES));
        });
    assertThat(node.node().rpc().inFlight()).isLessThan(100);
  }

  @Test
  void changedPackets_shouldBeAnsweredOrDropped() {
    List<byte[]> packets = new ArrayList<>();
    for (String file : List.of("packets.json", "capture-dialogue.json")) {
      for (JsonNode each : Vectors.load(file).get("packets")) {
        if (each.has("hex")) {
          packets.add(Vectors.bytes(each, "hex"));
        } else if (each.has("request")) {
          packets.add(Vectors.bytes(each.get("request"), "hex"));
          each.path("sent").forEach(answer -> packets.add(Vectors.bytes(answer, "hex")));
        }
      }
    }
    SeededCases.of("changed packets", 20261128, 20_000)
        .run(random -> {
          byte[] original = packets.get(random.nextInt(packets.size()));
          byte[] bytes = Arrays.copyOf(original, random.nextInt(original.length + 5));
          for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
          }
          node.sent.clear();
          node.receive(new NodeAddress(random.nextInt(), random.nextInt(0x10000)), bytes);
          node.nowNanos += random.nextInt(1_000_000);
          assertThat(node.sent).hasSizeLessThanOrEqualTo(1);
        });
  }

  private static @Nullable Slice changed(@Nullable Slice original, RandomGenerator random) {
    if (original == null || random.nextInt(20) == 0) {
      byte[] bytes = new byte[random.nextInt(120)];
      random.nextBytes(bytes);
      return random.nextBoolean() ? null : Slice.of(bytes);
    }
    byte[] bytes = Arrays.copyOf(original.toByteArray(), random.nextInt(original.length() + 3));
    for (int i = random.nextInt(3); i > 0 && bytes.length > 0; i--) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return Slice.of(bytes);
  }
}
