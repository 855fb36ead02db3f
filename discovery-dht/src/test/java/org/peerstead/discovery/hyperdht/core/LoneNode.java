package org.peerstead.discovery.hyperdht.core;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.records.RecordBook;
import org.peerstead.discovery.hyperdht.records.RecordLimits;
import org.peerstead.discovery.hyperdht.records.RecordListener;
import org.peerstead.discovery.hyperdht.wire.AnnounceMessage;
import org.peerstead.discovery.hyperdht.wire.HyperdhtCommand;
import org.peerstead.discovery.hyperdht.wire.PeerRecord;
import org.peerstead.discovery.hyperdht.wire.Signables;
import org.peerstead.discovery.rpc.core.DropReason;
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
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** A serving node with a full bucket of neighbours that never answer, and what it sends. */
final class LoneNode implements Transport, HyperdhtListener {
  static final NodeAddress ADDRESS = NodeAddress.parse("20.0.0.1:49737");
  static final Fixed32 ID = NodeId.of(ADDRESS);
  static final NodeAddress ASKER = NodeAddress.parse("30.0.0.1:5000");
  static final long EPOCH_MILLIS = 1_760_000_000_000L;

  /** A packet that the node sent. */
  record Sent(NodeAddress to, Packet packet, int bytes) {}

  private final SplittableRandom random = new SplittableRandom(3);
  private final HyperdhtNode node;
  final RecordBook records;
  final List<Sent> sent = new ArrayList<>();
  final Map<DropReason, Integer> drops = new EnumMap<>(DropReason.class);
  int misdirected;
  int shortened;
  long nowNanos;

  LoneNode(RecordLimits limits) {
    records =
        new RecordBook(
            limits, DhtStore.NONE, random.split(), random::nextBytes, RecordListener.NONE);
    node =
        new HyperdhtNode(
            HyperdhtConfig.of(RpcConfig.seed(ADDRESS, List.of())),
            this,
            records,
            this,
            random::nextBytes,
            random.split(),
            () -> EPOCH_MILLIS + nowNanos / 1_000_000,
            0);
    List<NodeAddress> neighbours = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      neighbours.add(new NodeAddress(NodeAddress.parseHost("40.0.0.1") + 256 * i, 49737));
    }
    node.start(neighbours, () -> {}, 0);
    sent.clear();
  }

  HyperdhtNode node() {
    return node;
  }

  @Override
  public void send(SocketSide socket, NodeAddress to, byte[] packet) {
    Packet decoded = TestNetwork.decode(packet);
    // Its own upkeep is of no interest.
    if (!(decoded instanceof Request request) || !request.internal()) {
      sent.add(new Sent(to, decoded, packet.length));
    }
  }

  @Override
  public int localPort(SocketSide socket) {
    return socket == SocketSide.SERVER ? ADDRESS.port() : ADDRESS.port() + 1;
  }

  @Override
  public void dropped(DropReason reason, NodeAddress from) {
    drops.merge(reason, 1, Integer::sum);
  }

  @Override
  public void misdirected(NodeAddress from) {
    misdirected++;
  }

  @Override
  public void answerShortened(NodeAddress from) {
    shortened++;
  }

  int dropped(DropReason why) {
    return drops.getOrDefault(why, 0);
  }

  static Request request(
      int command, @Nullable Fixed32 target, @Nullable Fixed32 token, @Nullable Slice value) {
    return new Request(9, ADDRESS, null, token, false, command, target, value);
  }

  void receive(NodeAddress from, byte[] packet) {
    node.receive(SocketSide.SERVER, from, Slice.of(packet), nowNanos);
  }

  /** What the node sends because of {@code request}. */
  List<Sent> ask(NodeAddress from, Request request) {
    sent.clear();
    receive(from, RpcCodec.encode(request));
    return List.copyOf(sent);
  }

  /** The response to {@code from}, null if there is none. */
  @Nullable Response answer(NodeAddress from, Request request) {
    for (Sent each : ask(from, request)) {
      if (each.to().equals(from) && each.packet() instanceof Response response) {
        return response;
      }
    }
    return null;
  }

  Fixed32 token(NodeAddress from) {
    Response response =
        Objects.requireNonNull(
            answer(from, request(HyperdhtCommand.FIND_PEER, random32(), null, null)));
    return Objects.requireNonNull(response.token());
  }

  Fixed32 random32() {
    byte[] bytes = new byte[Fixed32.SIZE];
    random.nextBytes(bytes);
    return Fixed32.of(bytes);
  }

  KeyPair keyPair() {
    return KeyPair.generate(random::nextBytes);
  }

  /** An announcement of {@code peer} as it is sent from {@code from}. */
  Request announcement(NodeAddress from, Fixed32 target, KeyPair peer, int relays) {
    Fixed32 token = token(from);
    List<NodeAddress> addresses = new ArrayList<>();
    for (int i = 0; i < relays; i++) {
      addresses.add(ADDRESS.withPort(i + 1));
    }
    PeerRecord record = new PeerRecord(peer.publicKey(), addresses);
    Slice signature =
        Slice.of(peer.sign(Signables.announce(target, ID, token, record.encode(), null)));
    return request(
        HyperdhtCommand.ANNOUNCE,
        target,
        token,
        AnnounceMessage.signed(record, signature).encode());
  }
}
