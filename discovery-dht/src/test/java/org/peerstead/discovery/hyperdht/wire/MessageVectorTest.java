package org.peerstead.discovery.hyperdht.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.Vectors;
import org.peerstead.discovery.hyperdht.wire.NoisePayload.HolepunchInfo;
import org.peerstead.discovery.hyperdht.wire.NoisePayload.RelayInfo;
import org.peerstead.discovery.hyperdht.wire.NoisePayload.RelayThroughInfo;
import org.peerstead.discovery.hyperdht.wire.NoisePayload.SecretStreamInfo;
import org.peerstead.discovery.hyperdht.wire.NoisePayload.UdxInfo;
import org.peerstead.discovery.rpc.wire.Packet;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.Response;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.securestream.crypto.CryptoException;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.crypto.VerifyKey;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseHandshake;
import org.peerstead.securestream.noise.NoiseSession;

/**
 * Values of npm hyperdht 6.34.0: ids.json, packets.json, signatures.json, noise.json,
 * holepunch-payload.json, capture-dialogue.json.
 */
class MessageVectorTest {
  @Test
  void namespacesAndNumbers_shouldBeThoseOfNpm() {
    JsonNode ids = Vectors.load("ids.json");
    Map<String, Fixed32> namespaces =
        Map.of(
            "ANNOUNCE", Namespace.ANNOUNCE,
            "UNANNOUNCE", Namespace.UNANNOUNCE,
            "MUTABLE_PUT", Namespace.MUTABLE_PUT,
            "PEER_HANDSHAKE", Namespace.PEER_HANDSHAKE,
            "PEER_HOLEPUNCH", Namespace.PEER_HOLEPUNCH,
            "PLUGIN", Namespace.PLUGIN);
    assertThat(ids.get("namespaces")).hasSize(namespaces.size());
    namespaces.forEach(
        (name, value) -> assertThat(value).isEqualTo(Vectors.fixed32(ids.get("namespaces"), name)));
    ids.at("/constants/COMMANDS")
        .properties()
        .forEach(each ->
            assertThat(HyperdhtCommand.nameOf(each.getValue().asLong())).isEqualTo(each.getKey()));
    assertThat(HyperdhtCommand.nameOf(11)).isEqualTo("UNKNOWN");
    assertThat(HyperdhtCommand.nameOf(1L << 40)).isEqualTo("UNKNOWN");
  }

  /** Every value of every exchange, decoded to what the other program says, and back. */
  @Test
  void valuesOfAllExchanges_shouldDecodeAndEncodeToTheSameBytes() throws Exception {
    int values = 0;
    for (JsonNode exchange : Vectors.load("packets.json").get("packets")) {
      List<JsonNode> packets = new ArrayList<>();
      packets.add(exchange.get("request"));
      exchange.path("sent").forEach(packets::add);
      long command = exchange.at("/request/decoded/command").asLong();
      for (JsonNode each : packets) {
        if (Vectors.isAbsent(each, "value")) {
          continue;
        }
        values++;
        Packet packet = RpcCodec.decode(Vectors.slice(each, "hex"));
        checkValue((int) command, packet, each.get("value"));
      }
    }
    assertThat(values).isEqualTo(22);
  }

  private static void checkValue(int command, Packet packet, JsonNode expected)
      throws EncodingException {
    Slice value =
        switch (packet) {
          case Request request -> Objects.requireNonNull(request.value());
          case Response response -> Objects.requireNonNull(response.value());
        };
    Slice again;
    switch (command) {
      case HyperdhtCommand.ANNOUNCE, HyperdhtCommand.UNANNOUNCE -> {
        AnnounceMessage message = AnnounceMessage.decode(value);
        assertThat(message)
            .isEqualTo(
                new AnnounceMessage(
                    Vectors.isAbsent(expected, "peer") ? null : peer(expected.get("peer")),
                    Vectors.fixed32OrNull(expected, "refresh"),
                    Vectors.sliceOrNull(expected, "signature"),
                    expected.get("bump").asLong()));
        again = message.encode();
      }
      case HyperdhtCommand.LOOKUP -> {
        LookupReply reply = LookupReply.decode(value);
        List<PeerRecord> peers = new ArrayList<>();
        expected.get("peers").forEach(each -> peers.add(peer(each)));
        assertThat(reply).isEqualTo(new LookupReply(peers, expected.get("bump").asLong()));
        again = reply.encode();
      }
      case HyperdhtCommand.FIND_PEER -> {
        assertThat(PeerRecord.decode(value)).isEqualTo(peer(expected));
        again = peer(expected).encode();
      }
      case HyperdhtCommand.MUTABLE_PUT -> {
        MutablePut put = MutablePut.decode(value);
        assertThat(put)
            .isEqualTo(new MutablePut(Vectors.fixed32(expected, "publicKey"), mutable(expected)));
        again = put.encode();
      }
      case HyperdhtCommand.MUTABLE_GET -> {
        assertThat(MutableValue.decode(value)).isEqualTo(mutable(expected));
        again = mutable(expected).encode();
      }
      case HyperdhtCommand.PEER_HANDSHAKE -> {
        HandshakeMessage message = HandshakeMessage.decode(value);
        assertThat(message)
            .isEqualTo(
                new HandshakeMessage(
                    RelayMode.values()[expected.get("mode").asInt()],
                    Vectors.slice(expected, "noise"),
                    Vectors.addressOrNull(expected, "peerAddress"),
                    Vectors.addressOrNull(expected, "relayAddress")));
        again = message.encode();
      }
      case HyperdhtCommand.PEER_HOLEPUNCH -> {
        HolepunchMessage message = HolepunchMessage.decode(value);
        assertThat(message)
            .isEqualTo(
                new HolepunchMessage(
                    RelayMode.values()[expected.get("mode").asInt()],
                    expected.get("id").asLong(),
                    Vectors.slice(expected, "payload"),
                    Vectors.addressOrNull(expected, "peerAddress")));
        again = message.encode();
      }
      default -> throw new AssertionError("a value for command " + command);
    }
    assertThat(again).isEqualTo(value);
  }

  @Test
  void announceSignatures_shouldBeThoseOfNpm() throws Exception {
    JsonNode file = Vectors.load("signatures.json");
    for (JsonNode each : file.get("announces")) {
      Slice record = Vectors.slice(each, "peerHex");
      Fixed32 target = Vectors.fixed32(each, "targetHex");
      Fixed32 nodeId = Vectors.fixed32(each, "nodeIdHex");
      Fixed32 token = Vectors.fixed32(each, "tokenHex");
      @Nullable Fixed32 refresh = Vectors.fixed32OrNull(each, "refreshHex");
      Slice signable =
          each.get("namespace").asText().equals("ANNOUNCE")
              ? Signables.announce(target, nodeId, token, record, refresh)
              : Signables.unannounce(target, nodeId, token, record, refresh);
      assertThat(signable).isEqualTo(Vectors.slice(each, "signableHex"));
      Fixed32 publicKey = PeerRecord.decode(record).publicKey();
      KeyPair owner =
          StreamSupport.stream(file.get("keyPairs").spliterator(), false)
              .map(pair -> Vectors.keyPair(pair, "seedHex"))
              .filter(pair -> pair.publicKey().equals(publicKey))
              .findFirst()
              .orElseThrow();
      assertThat(Slice.of(owner.sign(signable))).isEqualTo(Vectors.slice(each, "signatureHex"));
      assertThat(VerifyKey.of(publicKey).verify(signable, Vectors.slice(each, "signatureHex")))
          .isTrue();
    }
  }

  @Test
  void mutableSignatures_shouldBeThoseOfNpm() throws Exception {
    JsonNode file = Vectors.load("signatures.json");
    KeyPair owner = Vectors.keyPair(file.at("/keyPairs/0"), "seedHex");
    for (JsonNode each : file.get("mutables")) {
      Slice value = Vectors.slice(each, "valueHex");
      long seq = each.get("seq").asLong();
      assertThat(Signables.mutable(seq, value)).isEqualTo(Vectors.slice(each, "signableHex"));
      MutableValue signed = MutableValue.sign(owner, seq, value);
      assertThat(signed.signature()).isEqualTo(Vectors.slice(each, "signatureHex"));
      assertThat(new MutablePut(owner.publicKey(), signed).encode())
          .isEqualTo(Vectors.slice(each, "putHex"));
      VerifyKey key = VerifyKey.of(owner.publicKey());
      assertThat(signed.isSignedBy(key)).isTrue();
      assertThat(new MutableValue(seq + 1, value, signed.signature()).isSignedBy(key)).isFalse();
    }
  }

  @Test
  void noiseHandshake_shouldBeThatOfNpm() throws Exception {
    JsonNode file = Vectors.load("noise.json");
    JsonNode i = file.get("initiator");
    JsonNode r = file.get("responder");
    assertThat(Namespace.PEER_HANDSHAKE).isEqualTo(Vectors.fixed32(file, "prologueHex"));
    Slice prologue = Namespace.PEER_HANDSHAKE.toSlice();
    NoiseHandshake initiator =
        NoiseHandshake.ikInitiator(
            Vectors.keyPair(i, "staticSeedHex"),
            Vectors.keyPair(i, "ephemeralSeedHex"),
            Vectors.fixed32(r, "staticPublicHex"),
            prologue);
    NoiseHandshake responder =
        NoiseHandshake.ikResponder(
            Vectors.keyPair(r, "staticSeedHex"), Vectors.keyPair(r, "ephemeralSeedHex"), prologue);

    NoisePayload first = noisePayload(file.at("/message1/payload"));
    Slice message1 = Slice.of(initiator.write(first.encode()));
    assertThat(message1).isEqualTo(Vectors.slice(file.get("message1"), "hex"));
    assertThat(NoisePayload.decode(Slice.of(responder.read(message1)))).isEqualTo(first);

    NoisePayload second = noisePayload(file.at("/message2/payload"));
    Slice message2 = Slice.of(responder.write(second.encode()));
    assertThat(message2).isEqualTo(Vectors.slice(file.get("message2"), "hex"));
    assertThat(NoisePayload.decode(Slice.of(initiator.read(message2)))).isEqualTo(second);

    NoiseSession session = initiator.session();
    JsonNode result = file.get("result");
    assertThat(session.handshakeHash()).isEqualTo(Vectors.slice(result, "handshakeHashHex"));
    assertThat(Slice.of(session.transmitKey())).isEqualTo(Vectors.slice(result, "initiatorTxHex"));
    assertThat(Slice.of(session.receiveKey())).isEqualTo(Vectors.slice(result, "initiatorRxHex"));
    assertThat(HolepunchPayload.secret(session.handshakeHash()))
        .isEqualTo(Vectors.fixed32(result, "holepunchSecretHex"));
  }

  @Test
  void noisePayloads_shouldHaveTheBytesOfNpm() throws Exception {
    JsonNode file = Vectors.load("noise.json");
    for (String name : List.of("message1", "message2")) {
      Slice bytes = Vectors.slice(file.get(name), "payloadHex");
      NoisePayload payload = NoisePayload.decode(bytes);
      assertThat(payload).isEqualTo(noisePayload(file.get(name).get("payload")));
      assertThat(payload.encode()).isEqualTo(bytes);
    }
  }

  @Test
  void holepunchPayload_shouldBeSealedAsByNpm() throws Exception {
    JsonNode file = Vectors.load("holepunch-payload.json");
    Fixed32 key = Vectors.fixed32(file, "keyHex");
    Slice sealed = Vectors.slice(file, "sealedHex");
    HolepunchPayload expected = holepunchPayload(file.get("decoded"));
    assertThat(HolepunchPayload.open(key, sealed)).isEqualTo(expected);
    assertThat(expected.encode()).isEqualTo(Vectors.slice(file, "plainHex"));
    assertThat(expected.seal(key, sealed.range(0, 24).toByteArray())).isEqualTo(sealed);

    byte[] changed = sealed.toByteArray();
    changed[changed.length - 1] ^= 1;
    assertThatThrownBy(() -> HolepunchPayload.open(key, Slice.of(changed)))
        .isInstanceOf(CryptoException.class);
    assertThatThrownBy(() -> HolepunchPayload.open(key, sealed.range(0, 23)))
        .isInstanceOf(EncodingException.class);
    assertThatThrownBy(() -> HolepunchPayload.open(key, sealed.range(0, 30)))
        .isInstanceOf(CryptoException.class);
  }

  @Test
  void liveDialogue_shouldDecodeAndEncodeToTheSameBytes() throws Exception {
    int messages = 0;
    for (JsonNode each : Vectors.load("capture-dialogue.json").get("packets")) {
      if (each.has("handshake")) {
        Slice value = value(each);
        HandshakeMessage message = HandshakeMessage.decode(value);
        assertThat(message.mode().name()).isEqualTo(each.at("/handshake/mode").asText());
        assertThat(message.noise().length()).isEqualTo(each.at("/handshake/noiseLength").asInt());
        assertThat(message.peerAddress() != null)
            .isEqualTo(!Vectors.isAbsent(each.get("handshake"), "peerAddress"));
        assertThat(message.encode()).isEqualTo(value);
        messages++;
      } else if (each.has("holepunch")) {
        Slice value = value(each);
        HolepunchMessage message = HolepunchMessage.decode(value);
        assertThat(message.mode().name()).isEqualTo(each.at("/holepunch/mode").asText());
        JsonNode opened = each.at("/holepunch/opened");
        assertThat(message.payload().length()).isEqualTo(24 + 16 + plainLength(opened));
        assertThat(message.encode()).isEqualTo(value);
        messages++;
      }
    }
    assertThat(messages).isEqualTo(16);
  }

  private static int plainLength(JsonNode opened) {
    return holepunchPayload(opened).encode().length();
  }

  private static Slice value(JsonNode packet) throws Exception {
    return switch (RpcCodec.decode(Vectors.slice(packet, "hex"))) {
      case Request request -> Objects.requireNonNull(request.value());
      case Response response -> Objects.requireNonNull(response.value());
    };
  }

  private static PeerRecord peer(JsonNode node) {
    return new PeerRecord(
        Vectors.fixed32(node, "publicKey"), Vectors.addresses(node, "relayAddresses"));
  }

  private static MutableValue mutable(JsonNode node) {
    return new MutableValue(
        node.get("seq").asLong(),
        Vectors.slice(node, "value"),
        Slice.of(HexFormat.of().parseHex(node.get("signature").asText())));
  }

  private static NoisePayload noisePayload(JsonNode node) {
    List<RelayInfo> relays = new ArrayList<>();
    node.at("/holepunch/relays")
        .forEach(each ->
            relays.add(
                new RelayInfo(
                    Vectors.address(each.get("relayAddress")),
                    Vectors.address(each.get("peerAddress")))));
    JsonNode udx = node.get("udx");
    JsonNode through = node.path("relayThrough");
    return new NoisePayload(
        node.get("version").asLong(),
        node.get("error").asLong(),
        node.get("firewall").asLong(),
        Vectors.isAbsent(node, "holepunch")
            ? null
            : new HolepunchInfo(node.at("/holepunch/id").asLong(), relays),
        Vectors.addresses(node, "addresses4"),
        List.of(),
        new UdxInfo(
            udx.get("version").asLong(),
            udx.get("reusableSocket").asBoolean(),
            udx.get("id").asLong(),
            udx.get("seq").asLong()),
        new SecretStreamInfo(node.at("/secretStream/version").asLong()),
        through.isMissingNode()
            ? null
            : new RelayThroughInfo(
                through.get("version").asLong(),
                through.get("flags").asLong(),
                Vectors.fixed32(through, "publicKey"),
                Vectors.fixed32(through, "token")),
        Vectors.addresses(node, "relayAddresses"));
  }

  private static HolepunchPayload holepunchPayload(JsonNode node) {
    return new HolepunchPayload(
        node.get("connected").asBoolean(),
        node.get("punching").asBoolean(),
        node.get("error").asLong(),
        node.get("firewall").asLong(),
        node.get("round").asLong(),
        Vectors.isAbsent(node, "addresses") ? null : Vectors.addresses(node, "addresses"),
        Vectors.addressOrNull(node, "remoteAddress"),
        Vectors.fixed32OrNull(node, "token"),
        Vectors.fixed32OrNull(node, "remoteToken"));
  }
}
