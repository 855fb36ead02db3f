package org.peerstead.benchmarks.dht;

import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.wire.AnnounceMessage;
import org.peerstead.discovery.hyperdht.wire.HyperdhtCommand;
import org.peerstead.discovery.hyperdht.wire.PeerRecord;
import org.peerstead.discovery.hyperdht.wire.Signables;
import org.peerstead.discovery.rpc.core.NodeId;
import org.peerstead.discovery.rpc.wire.InternalCommand;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** The packets that the load generator sends to one node. Thread-safe. */
record DhtRequests(NodeAddress server) {
  private static final int FLAGS_AT = 1;
  private static final int CLOSER_NODES = 4;
  private static final int ERROR = 8;
  private static final int VALUE = 16;

  /** What hyperswarm announces with: a peer that three nodes can be asked for. */
  private static final List<NodeAddress> RELAYS =
      List.of(
          NodeAddress.parse("192.0.2.1:49737"),
          NodeAddress.parse("192.0.2.2:49738"),
          NodeAddress.parse("192.0.2.3:50123"));

  byte[] ping() {
    return packet(true, InternalCommand.PING, null, null, null);
  }

  byte[] findNode(Fixed32 target) {
    return packet(true, InternalCommand.FIND_NODE, target, null, null);
  }

  byte[] lookup(Fixed32 topic) {
    return packet(false, HyperdhtCommand.LOOKUP, topic, null, null);
  }

  /** An announcement with a signature that holds for this node and {@code token}. */
  byte[] announce(Fixed32 topic, KeyPair peer, Fixed32 token) {
    PeerRecord announced = new PeerRecord(peer.publicKey(), RELAYS);
    Slice signed = Signables.announce(topic, NodeId.of(server), token, announced.encode(), null);
    return packet(
        false,
        HyperdhtCommand.ANNOUNCE,
        topic,
        token,
        AnnounceMessage.signed(announced, Slice.of(peer.sign(signed))).encode());
  }

  private byte[] packet(
      boolean isInternal,
      int command,
      @Nullable Fixed32 target,
      @Nullable Fixed32 token,
      @Nullable Slice value) {
    return RpcCodec.encode(new Request(0, server, null, token, isInternal, command, target, value));
  }

  static boolean isAnswer(byte[] packet) {
    return (packet[FLAGS_AT] & ERROR) == 0;
  }

  static boolean hasCloserNodes(byte[] packet) {
    return (packet[FLAGS_AT] & (ERROR | CLOSER_NODES)) == CLOSER_NODES;
  }

  static boolean hasValue(byte[] packet) {
    return (packet[FLAGS_AT] & (ERROR | VALUE)) == VALUE;
  }

  /** Any point of the key space. */
  static Fixed32 point(RandomGenerator chance) {
    byte[] bytes = new byte[Fixed32.SIZE];
    chance.nextBytes(bytes);
    return Fixed32.of(bytes);
  }
}
