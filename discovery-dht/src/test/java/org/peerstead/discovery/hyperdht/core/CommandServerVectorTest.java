package org.peerstead.discovery.hyperdht.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.Vectors;
import org.peerstead.discovery.hyperdht.records.RecordBook;
import org.peerstead.discovery.hyperdht.records.RecordLimits;
import org.peerstead.discovery.hyperdht.records.RecordListener;
import org.peerstead.discovery.hyperdht.wire.LookupReply;
import org.peerstead.discovery.hyperdht.wire.PeerRecord;
import org.peerstead.discovery.rpc.core.NodeId;
import org.peerstead.discovery.rpc.core.RpcConfig;
import org.peerstead.discovery.rpc.core.SocketSide;
import org.peerstead.discovery.rpc.core.Transport;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Packet;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.Response;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * The 32 exchanges of packets.json (npm hyperdht 6.34.0, dht-rpc 6.27.0), in their order, with a
 * node that has the same token secrets and routing table: it sends what npm sends, byte for byte,
 * but names closer nodes nearest first and peers of a topic in any order.
 */
class CommandServerVectorTest implements Transport {
  private static final long EPOCH_MILLIS = 1_700_000_100_000L;

  private record Sent(SocketSide socket, NodeAddress to, Packet packet, Slice bytes) {}

  private final List<Sent> sent = new ArrayList<>();

  @Override
  public void send(SocketSide socket, NodeAddress to, byte[] packet) {
    try {
      sent.add(new Sent(socket, to, RpcCodec.decode(Slice.of(packet)), Slice.of(packet)));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public int localPort(SocketSide socket) {
    return socket == SocketSide.SERVER ? 49737 : 49738;
  }

  @Test
  void node_shouldSendWhatNpmSends() throws Exception {
    JsonNode file = Vectors.load("packets.json");
    JsonNode setup = file.get("setup");
    HyperdhtNode node = node(setup);
    int compared = 0;
    for (JsonNode exchange : file.get("packets")) {
      String name = exchange.get("name").asText();
      sent.clear();
      // The generator's node enters nobody into its table; ours would keep this asker.
      HyperdhtNode asked = name.equals("ping-from-persistent-node") ? node(setup) : node;
      asked.receive(
          SocketSide.SERVER,
          Vectors.address(exchange.get("from")),
          Vectors.slice(exchange.get("request"), "hex"),
          0);
      List<Sent> answers = sent.stream().filter(each -> !isOwnPing(each.packet())).toList();
      JsonNode expected = exchange.path("sent");
      if (name.equals("delayed-ping")) {
        assertThat(answers).isEmpty();
        node.advance(499_999_999);
        assertThat(sent).noneMatch(each -> each.packet() instanceof Response);
        node.advance(500_000_000);
        assertThat(sent)
            .anySatisfy(each ->
                assertThat(each.packet())
                    .isEqualTo(
                        new Response(
                            0x0200,
                            Vectors.address(exchange.get("from")),
                            Vectors.fixed32(setup.get("node"), "idHex"),
                            null,
                            List.of(),
                            0,
                            null)));
        continue;
      }
      assertThat(answers).as(name).hasSameSizeAs(expected);
      for (int i = 0; i < answers.size(); i++) {
        compared++;
        Sent answer = answers.get(i);
        assertThat(answer.socket()).as(name).isEqualTo(SocketSide.SERVER);
        assertThat(answer.to()).as(name).isEqualTo(Vectors.address(expected.get(i).get("to")));
        Slice bytes = Vectors.slice(expected.get(i), "hex");
        @Nullable Fixed32 target =
            ((Request) RpcCodec.decode(Vectors.slice(exchange.get("request"), "hex"))).target();
        assertThat(inOurOrder(answer.packet(), target, name))
            .as(name)
            .isEqualTo(inOurOrder(RpcCodec.decode(bytes), target, name));
        if (!name.equals("lookup-two-records")) {
          assertThat(answer.bytes()).as(name).isEqualTo(reencoded(bytes, target));
        }
      }
    }
    assertThat(compared).isEqualTo(31);
  }

  private HyperdhtNode node(JsonNode setup) {
    List<Slice> secrets = new ArrayList<>();
    setup.get("tokenSecrets").forEach(each -> secrets.add(Slice.fromHex(each.asText())));
    Entropy entropy =
        target -> {
          // The first two of this size are the secrets of tokens.
          if (target.length == Fixed32.SIZE && !secrets.isEmpty()) {
            secrets.removeFirst().copyTo(target, 0);
          }
        };
    NodeAddress address = Vectors.address(setup.get("node"));
    RecordBook records =
        new RecordBook(
            RecordLimits.DEFAULT,
            DhtStore.NONE,
            new SplittableRandom(1),
            fixedEntropy(),
            RecordListener.NONE);
    HyperdhtNode node =
        new HyperdhtNode(
            HyperdhtConfig.of(RpcConfig.seed(address, List.of())),
            this,
            records,
            HyperdhtListener.NONE,
            entropy,
            new SplittableRandom(2),
            () -> EPOCH_MILLIS,
            0);
    node.start(Vectors.addresses(setup, "routingTable"), () -> {}, 0);
    return node;
  }

  private static Entropy fixedEntropy() {
    return target -> target[0] = 7;
  }

  private static boolean isOwnPing(Packet packet) {
    return packet instanceof Request request && request.internal();
  }

  private static Slice reencoded(Slice bytes, @Nullable Fixed32 target) throws Exception {
    return switch (inOurOrder(RpcCodec.decode(bytes), target, "")) {
      case Request ignored -> bytes;
      case Response response -> Slice.of(RpcCodec.encode(response));
    };
  }

  private static Packet inOurOrder(Packet packet, @Nullable Fixed32 target, String name)
      throws EncodingException {
    if (!(packet instanceof Response response)) {
      return packet;
    }
    List<NodeAddress> closer = new ArrayList<>(response.closerNodes());
    if (target != null) {
      closer.sort((a, b) -> NodeId.compareDistance(target, NodeId.of(a), NodeId.of(b)));
    }
    @Nullable Slice value = response.value();
    if (name.equals("lookup-two-records")) {
      LookupReply reply = LookupReply.decode(Objects.requireNonNull(value));
      value =
          new LookupReply(
                  reply.peers().stream()
                      .sorted(Comparator.comparing(PeerRecord::publicKey))
                      .toList(),
                  reply.bump())
              .encode();
    }
    return new Response(
        response.transaction(),
        response.to(),
        response.id(),
        response.token(),
        closer,
        response.error(),
        value);
  }
}
