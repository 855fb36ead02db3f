package org.peerstead.discovery.hyperdht.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.hyperdht.core.LoneNode.Sent;
import org.peerstead.discovery.hyperdht.records.RecordLimits;
import org.peerstead.discovery.hyperdht.wire.AnnounceMessage;
import org.peerstead.discovery.hyperdht.wire.HandshakeMessage;
import org.peerstead.discovery.hyperdht.wire.HolepunchMessage;
import org.peerstead.discovery.hyperdht.wire.HyperdhtCommand;
import org.peerstead.discovery.hyperdht.wire.HyperdhtError;
import org.peerstead.discovery.hyperdht.wire.LookupReply;
import org.peerstead.discovery.hyperdht.wire.MutablePut;
import org.peerstead.discovery.hyperdht.wire.MutableValue;
import org.peerstead.discovery.hyperdht.wire.PeerRecord;
import org.peerstead.discovery.hyperdht.wire.PluginMessage;
import org.peerstead.discovery.hyperdht.wire.RelayMode;
import org.peerstead.discovery.hyperdht.wire.Signables;
import org.peerstead.discovery.rpc.core.DropReason;
import org.peerstead.discovery.rpc.wire.InternalCommand;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.Response;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.discovery.rpc.wire.RpcError;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** What a node answers to requests that nobody honest would send, and what they cost it. */
class CommandServerTest {
  private static final NodeAddress ASKER = LoneNode.ASKER;
  private static final NodeAddress OTHER = NodeAddress.parse("31.0.0.1:6000");

  private final LoneNode node = new LoneNode(RecordLimits.DEFAULT);
  private final Fixed32 topic = node.random32();
  private final KeyPair key = node.keyPair();

  private static Request changed(Request request, @Nullable Fixed32 target, @Nullable Slice value) {
    return LoneNode.request((int) request.command(), target, request.token(), value);
  }

  private void assertDropped(NodeAddress from, Request request, DropReason why) {
    int before = node.dropped(why);
    assertThat(node.ask(from, request)).isEmpty();
    assertThat(node.dropped(why)).isEqualTo(before + 1);
  }

  @Test
  void incompleteRequests_shouldGetNoAnswer() {
    Fixed32 token = node.token(ASKER);
    Slice value = Slice.fromHex("00");
    for (int command = HyperdhtCommand.FIND_PEER; command <= HyperdhtCommand.PLUGIN; command++) {
      boolean needsTarget = command != HyperdhtCommand.PLUGIN;
      boolean needsToken =
          command == HyperdhtCommand.ANNOUNCE
              || command == HyperdhtCommand.UNANNOUNCE
              || command == HyperdhtCommand.MUTABLE_PUT
              || command == HyperdhtCommand.IMMUTABLE_PUT;
      boolean needsValue =
          needsToken || command == HyperdhtCommand.MUTABLE_GET || command == HyperdhtCommand.PLUGIN;
      if (needsTarget) {
        assertDropped(
            ASKER, LoneNode.request(command, null, token, value), DropReason.INCOMPLETE_REQUEST);
      }
      if (needsToken && command != HyperdhtCommand.MUTABLE_PUT) {
        assertDropped(
            ASKER, LoneNode.request(command, topic, null, value), DropReason.INCOMPLETE_REQUEST);
      }
      if (needsValue) {
        assertDropped(
            ASKER, LoneNode.request(command, topic, token, null), DropReason.INCOMPLETE_REQUEST);
      }
    }
    for (int command : new int[] {HyperdhtCommand.PEER_HANDSHAKE, HyperdhtCommand.PEER_HOLEPUNCH}) {
      assertDropped(
          ASKER, LoneNode.request(command, topic, null, null), DropReason.INCOMPLETE_REQUEST);
      assertDropped(
          ASKER, LoneNode.request(command, topic, null, Slice.fromHex("ff")), DropReason.BAD_VALUE);
    }
  }

  @Test
  void unknownCommands_shouldGetAnError() {
    for (long command : new long[] {11, 77, 1L << 40}) {
      Request request = new Request(9, LoneNode.ADDRESS, null, null, false, command, topic, null);
      Response response = Objects.requireNonNull(node.answer(ASKER, request));
      assertThat(response.error()).isEqualTo(RpcError.UNKNOWN_COMMAND);
    }
  }

  @Test
  void plugins_shouldBeUnknown() {
    assertDropped(
        ASKER,
        LoneNode.request(
            HyperdhtCommand.PLUGIN, null, null, new PluginMessage("x", 1, 0, null).encode()),
        DropReason.UNKNOWN_PLUGIN);
  }

  @Test
  void announce_shouldHoldOnlyForItsTopicNodeTokenAndSource() {
    Request good = node.announcement(ASKER, topic, key, 2);
    assertThat(node.answer(ASKER, good))
        .isEqualTo(new Response(9, ASKER, LoneNode.ID, null, List.of(), RpcError.NONE, null));
    assertDropped(ASKER, changed(good, node.random32(), good.value()), DropReason.BAD_SIGNATURE);
    byte[] other = Objects.requireNonNull(good.value()).toByteArray();
    other[40] ^= 1;
    assertDropped(ASKER, changed(good, topic, Slice.of(other)), DropReason.BAD_SIGNATURE);
    // Somebody else replays it: the token is not his.
    Response stolen = Objects.requireNonNull(node.answer(OTHER, good));
    assertThat(stolen.error()).isEqualTo(RpcError.INVALID_TOKEN);
    assertThat(stolen.token()).isNotNull();
    // With his own token the signature does not hold.
    Request resent =
        LoneNode.request(HyperdhtCommand.ANNOUNCE, topic, node.token(OTHER), good.value());
    assertDropped(OTHER, resent, DropReason.BAD_SIGNATURE);
    // After the token has expired it is worth nothing.
    node.nowNanos += 16_000_000_000L;
    node.node().advance(node.nowNanos);
    assertThat(Objects.requireNonNull(node.answer(ASKER, good)).error())
        .isEqualTo(RpcError.INVALID_TOKEN);
  }

  @Test
  void announce_shouldRefuseKeysAndSignaturesOfSmallOrder() {
    Fixed32 token = node.token(ASKER);
    Fixed32 neutral = Fixed32.fromHex("01" + "00".repeat(31));
    PeerRecord record = new PeerRecord(neutral, List.of());
    byte[] signature = new byte[64];
    signature[0] = 1;
    assertDropped(
        ASKER,
        LoneNode.request(
            HyperdhtCommand.ANNOUNCE,
            topic,
            token,
            AnnounceMessage.signed(record, Slice.of(signature)).encode()),
        DropReason.BAD_SIGNATURE);
  }

  @Test
  void announce_shouldKeepThreeRelays() throws Exception {
    assertThat(node.answer(ASKER, node.announcement(ASKER, topic, key, 7))).isNotNull();
    Response found =
        Objects.requireNonNull(
            node.answer(OTHER, LoneNode.request(HyperdhtCommand.LOOKUP, topic, null, null)));
    LookupReply reply = LookupReply.decode(Objects.requireNonNull(found.value()));
    assertThat(reply.peers()).hasSize(1);
    assertThat(reply.peers().getFirst().relays())
        .containsExactly(
            LoneNode.ADDRESS.withPort(1),
            LoneNode.ADDRESS.withPort(2),
            LoneNode.ADDRESS.withPort(3));
  }

  @Test
  void announce_shouldBeRefusedWithAnErrorWhenTheSourceHasItsShare() {
    LoneNode small = new LoneNode(RecordLimits.DEFAULT.withRecords(1 << 10, 1 << 10, 4, 1 << 10));
    int refused = 0;
    for (int i = 0; i < 10; i++) {
      Response response =
          Objects.requireNonNull(
              small.answer(ASKER, small.announcement(ASKER, topic, small.keyPair(), 1)));
      assertThat(response.error()).isIn(0L, (long) HyperdhtError.TRY_LATER);
      refused += response.error() == 0 ? 0 : 1;
    }
    assertThat(refused).isEqualTo(6);
  }

  @Test
  void unannounce_shouldNeedItsOwnSignature() {
    Request announce = node.announcement(ASKER, topic, key, 0);
    node.ask(ASKER, announce);
    assertDropped(
        ASKER,
        LoneNode.request(HyperdhtCommand.UNANNOUNCE, topic, announce.token(), announce.value()),
        DropReason.BAD_SIGNATURE);
    PeerRecord record = new PeerRecord(key.publicKey(), List.of());
    Fixed32 token = node.token(OTHER);
    Slice signature =
        Slice.of(key.sign(Signables.unannounce(topic, LoneNode.ID, token, record.encode(), null)));
    assertThat(node.records.counts().topics()).isEqualTo(1);
    assertThat(
            node.answer(
                OTHER,
                LoneNode.request(
                    HyperdhtCommand.UNANNOUNCE,
                    topic,
                    token,
                    AnnounceMessage.signed(record, signature).encode())))
        .isNotNull();
    assertThat(node.records.counts().topics()).isZero();
  }

  @Test
  void refresh_shouldNeedTheOrigin() {
    Fixed32 token = node.token(ASKER);
    assertDropped(
        ASKER,
        LoneNode.request(
            HyperdhtCommand.ANNOUNCE,
            topic,
            token,
            new AnnounceMessage(null, node.random32(), null, 0).encode()),
        DropReason.BAD_VALUE);
  }

  @Test
  void values_shouldBeWhatTheirTargetsSay() {
    Fixed32 token = node.token(ASKER);
    Slice value = Slice.fromHex("0102");
    assertDropped(
        ASKER,
        LoneNode.request(HyperdhtCommand.IMMUTABLE_PUT, topic, token, value),
        DropReason.BAD_TARGET);
    Slice put = new MutablePut(key.publicKey(), MutableValue.sign(key, 1, value)).encode();
    assertDropped(
        ASKER,
        LoneNode.request(HyperdhtCommand.MUTABLE_PUT, topic, token, put),
        DropReason.BAD_TARGET);
    Fixed32 target = Blake2b.hash(key.publicKey().toSlice());
    Slice forged =
        new MutablePut(key.publicKey(), MutableValue.sign(node.keyPair(), 1, value)).encode();
    assertDropped(
        ASKER,
        LoneNode.request(HyperdhtCommand.MUTABLE_PUT, target, token, forged),
        DropReason.BAD_SIGNATURE);
    assertThat(node.records.mutable(target, LoneNode.EPOCH_MILLIS)).isNull();
  }

  @Test
  void requestsForAnotherAddress_shouldBeCounted() {
    Request request = new Request(9, OTHER, null, null, false, HyperdhtCommand.LOOKUP, topic, null);
    assertThat(node.answer(ASKER, request)).isNotNull();
    assertThat(node.misdirected).isEqualTo(1);
    node.answer(ASKER, LoneNode.request(HyperdhtCommand.LOOKUP, topic, null, null));
    assertThat(node.misdirected).isEqualTo(1);
  }

  /** The factor that docs/protocols/hyperdht.md states. */
  @Test
  void answersWithoutAValue_shouldBeAtMostFiveTimesTheRequest() {
    List<Request> requests = new ArrayList<>();
    for (int command = 0; command <= 12; command++) {
      for (@Nullable Slice value : new Slice[] {null, Slice.fromHex("00")}) {
        for (@Nullable Fixed32 target : new Fixed32[] {null, topic}) {
          for (@Nullable Fixed32 token : new Fixed32[] {null, topic}) {
            requests.add(LoneNode.request(command, target, token, value));
            requests.add(
                new Request(9, LoneNode.ADDRESS, null, token, true, command, target, value));
          }
        }
      }
    }
    requests.add(
        new Request(
            9,
            LoneNode.ADDRESS,
            null,
            null,
            true,
            InternalCommand.PING_NAT,
            null,
            Slice.fromHex("0102")));
    for (Request request : requests) {
      int asked = RpcCodec.encode(request).length;
      int answered = node.ask(ASKER, request).stream().mapToInt(Sent::bytes).sum();
      assertThat(answered).as(request.toString()).isLessThanOrEqualTo(5 * asked);
    }
  }

  @Test
  void valuesForUnprovenSources_shouldHaveARate() {
    for (int i = 0; i < 30; i++) {
      node.ask(OTHER, node.announcement(OTHER, topic, node.keyPair(), 3));
    }
    Request lookup = LoneNode.request(HyperdhtCommand.LOOKUP, topic, null, null);
    int asked = RpcCodec.encode(lookup).length;
    int full = 0;
    for (int i = 0; i < 3_000; i++) {
      Sent answer = node.ask(ASKER, lookup).getFirst();
      Response response = (Response) answer.packet();
      assertThat(response.token()).isNotNull();
      if (response.value() == null) {
        assertThat(answer.bytes()).isLessThanOrEqualTo(5 * asked);
      } else {
        full++;
      }
    }
    assertThat(full).isEqualTo(2_000);
    assertThat(node.shortened).isEqualTo(1_000);
    // Others are not affected, and a second later some more are allowed.
    Request another = LoneNode.request(HyperdhtCommand.LOOKUP, topic, null, null);
    assertThat(Objects.requireNonNull(node.answer(OTHER, another)).value()).isNotNull();
    node.nowNanos += 1_000_000_000L;
    assertThat(Objects.requireNonNull(node.answer(ASKER, another)).value()).isNotNull();
  }

  @Test
  void valuesForProvenSources_shouldNotBeLimited() {
    node.ask(ASKER, node.announcement(ASKER, topic, key, 3));
    Request lookup = LoneNode.request(HyperdhtCommand.LOOKUP, topic, null, null);
    for (int i = 0; i < 5_000; i++) {
      assertThat(Objects.requireNonNull(node.answer(ASKER.withPort(i + 1), lookup)).value())
          .isNotNull();
    }
    assertThat(node.shortened).isZero();
  }

  @Test
  void machinesNearby_shouldNotBeLimited() {
    node.ask(OTHER, node.announcement(OTHER, topic, key, 3));
    Request lookup = LoneNode.request(HyperdhtCommand.LOOKUP, topic, null, null);
    for (String near : new String[] {"127.0.0.1:5", "192.168.7.7:5", "10.1.1.1:5"}) {
      for (int i = 0; i < 3_000; i++) {
        assertThat(Objects.requireNonNull(node.answer(NodeAddress.parse(near), lookup)).value())
            .isNotNull();
      }
    }
  }

  @Test
  void signatureChecks_shouldHaveARate() {
    Fixed32 token = node.token(ASKER);
    byte[] signature = new byte[64];
    Slice value =
        AnnounceMessage.signed(new PeerRecord(key.publicKey(), List.of()), Slice.of(signature))
            .encode();
    Request forged = LoneNode.request(HyperdhtCommand.ANNOUNCE, topic, token, value);
    for (int i = 0; i < 6_000; i++) {
      assertThat(node.ask(ASKER, forged)).isEmpty();
    }
    assertThat(node.dropped(DropReason.BAD_SIGNATURE)).isEqualTo(5_000);
    assertThat(node.dropped(DropReason.RATE_LIMITED)).isEqualTo(1_000);
    assertThat(node.answer(OTHER, node.announcement(OTHER, topic, key, 1))).isNotNull();
  }

  // ------------------------------------------------------------------------------------ relaying

  private Request handshake(
      RelayMode mode, @Nullable NodeAddress peer, @Nullable NodeAddress relay) {
    return LoneNode.request(
        HyperdhtCommand.PEER_HANDSHAKE,
        topic,
        null,
        new HandshakeMessage(mode, Slice.fromHex("aa"), peer, relay).encode());
  }

  private Request holepunch(RelayMode mode, @Nullable NodeAddress peer) {
    return LoneNode.request(
        HyperdhtCommand.PEER_HOLEPUNCH,
        topic,
        null,
        new HolepunchMessage(mode, 4, Slice.fromHex("bb"), peer).encode());
  }

  @Test
  void relaying_shouldFollowWhatTheMessageNames() {
    List<Sent> sent = node.ask(ASKER, handshake(RelayMode.FROM_CLIENT, null, OTHER));
    assertThat(sent).hasSize(1);
    assertThat(sent.getFirst().to()).isEqualTo(OTHER);
    assertThat(sent.getFirst().packet())
        .isEqualTo(
            new Request(
                9,
                OTHER,
                LoneNode.ID,
                null,
                false,
                HyperdhtCommand.PEER_HANDSHAKE,
                topic,
                new HandshakeMessage(RelayMode.FROM_RELAY, Slice.fromHex("aa"), ASKER, null)
                    .encode()));
    sent = node.ask(ASKER, holepunch(RelayMode.FROM_CLIENT, OTHER));
    assertThat(sent.getFirst().to()).isEqualTo(OTHER);
    sent = node.ask(OTHER, handshake(RelayMode.FROM_SERVER, ASKER, null));
    assertThat(sent.getFirst().to()).isEqualTo(ASKER);
    assertThat(sent.getFirst().packet()).isInstanceOf(Response.class);
  }

  @Test
  void relaying_shouldDropWhatLeadsNowhere() {
    Response response =
        Objects.requireNonNull(node.answer(ASKER, handshake(RelayMode.FROM_CLIENT, null, null)));
    assertThat(response.closerNodes()).hasSize(20);
    assertThat(response.token()).isNull();
    assertDropped(ASKER, handshake(RelayMode.FROM_RELAY, OTHER, null), DropReason.NO_ROUTE);
    assertDropped(ASKER, handshake(RelayMode.FROM_SECOND_RELAY, OTHER, OTHER), DropReason.NO_ROUTE);
    assertDropped(
        ASKER, handshake(RelayMode.FROM_SERVER, null, null), DropReason.INCOMPLETE_REQUEST);
    assertDropped(ASKER, handshake(RelayMode.REPLY, OTHER, null), DropReason.BAD_VALUE);
    assertDropped(ASKER, holepunch(RelayMode.FROM_CLIENT, null), DropReason.NO_ROUTE);
    assertDropped(ASKER, holepunch(RelayMode.FROM_RELAY, OTHER), DropReason.NO_ROUTE);
    assertDropped(ASKER, holepunch(RelayMode.FROM_SERVER, null), DropReason.INCOMPLETE_REQUEST);
    assertDropped(ASKER, holepunch(RelayMode.REPLY, OTHER), DropReason.BAD_VALUE);
    assertDropped(ASKER, holepunch(RelayMode.FROM_SECOND_RELAY, OTHER), DropReason.BAD_VALUE);
  }

  @Test
  void relaying_shouldNotReachIntoPrivateNetworks() {
    for (String inside : new String[] {"10.0.0.5:53", "192.168.1.1:161", "127.0.0.1:11211"}) {
      NodeAddress to = NodeAddress.parse(inside);
      assertDropped(ASKER, handshake(RelayMode.FROM_CLIENT, null, to), DropReason.BAD_DESTINATION);
      assertDropped(ASKER, holepunch(RelayMode.FROM_CLIENT, to), DropReason.BAD_DESTINATION);
      NodeAddress neighbour = NodeAddress.parse("192.168.1.77:5");
      assertThat(node.ask(neighbour, handshake(RelayMode.FROM_CLIENT, null, to))).hasSize(1);
    }
    for (String nobody : new String[] {"224.0.0.251:5353", "31.0.0.1:0"}) {
      assertDropped(
          ASKER,
          handshake(RelayMode.FROM_CLIENT, null, NodeAddress.parse(nobody)),
          DropReason.BAD_DESTINATION);
      assertDropped(
          ASKER,
          handshake(RelayMode.FROM_SERVER, NodeAddress.parse(nobody), null),
          DropReason.BAD_DESTINATION);
    }
    assertDropped(
        ASKER,
        holepunch(RelayMode.FROM_SERVER, NodeAddress.parse("127.0.0.1:11211")),
        DropReason.BAD_DESTINATION);
  }

  @Test
  void relaying_shouldReachAServerInsideThatAnnouncedItself() {
    NodeAddress inside = NodeAddress.parse("192.168.1.20:7000");
    Fixed32 target = Blake2b.hash(key.publicKey().toSlice());
    assertThat(node.answer(inside, node.announcement(inside, target, key, 0))).isNotNull();
    List<Sent> sent =
        node.ask(
            ASKER,
            LoneNode.request(
                HyperdhtCommand.PEER_HOLEPUNCH,
                target,
                null,
                new HolepunchMessage(
                        RelayMode.FROM_CLIENT, 0, Slice.fromHex("01"), inside.withPort(7001))
                    .encode()));
    assertThat(sent).extracting(Sent::to).containsExactly(inside.withPort(7001));
  }

  @Test
  void relaying_shouldHaveARateAndNotAmplify() {
    Request request = handshake(RelayMode.FROM_CLIENT, null, OTHER);
    int asked = RpcCodec.encode(request).length;
    int passed = 0;
    for (int i = 0; i < 2_000; i++) {
      List<Sent> sent = node.ask(ASKER, request);
      passed += sent.size();
      sent.forEach(each -> assertThat(each.bytes()).isLessThanOrEqualTo(asked + 38));
    }
    assertThat(passed).isEqualTo(1_000);
    assertThat(node.dropped(DropReason.RATE_LIMITED)).isEqualTo(1_000);
  }

  /** Each of many forged sources has its rate; what is kept about them does not grow. */
  @Test
  void manySources_shouldNotTakeAnythingFromOthers() {
    node.ask(OTHER, node.announcement(OTHER, topic, key, 3));
    Request lookup = LoneNode.request(HyperdhtCommand.LOOKUP, topic, null, null);
    Map<Boolean, Integer> outcomes = new HashMap<>();
    Set<Integer> hosts = new HashSet<>();
    for (int i = 0; i < 100_000; i++) {
      int host = 0x50000000 + i * 257;
      hosts.add(host);
      Response response = Objects.requireNonNull(node.answer(new NodeAddress(host, 7), lookup));
      outcomes.merge(response.value() != null, 1, Integer::sum);
    }
    assertThat(hosts).hasSize(100_000);
    assertThat(outcomes).isEqualTo(Map.of(true, 100_000));
    assertThat(Objects.requireNonNull(node.answer(ASKER, lookup)).value()).isNotNull();
  }
}
