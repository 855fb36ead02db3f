package org.peerstead.hypercore.replication;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.wire.Capability;
import org.peerstead.hypercore.wire.HypercoreCodec;
import org.peerstead.hypercore.wire.HypercoreMessage;
import org.peerstead.securestream.crypto.Namespaces;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseSession;
import org.peerstead.securestream.noise.Role;

/** A peer that says whatever a test wants, on channel 1 of a connection to a node. */
final class RawPeer implements Link {
  private static final byte[] HASH = new byte[64];

  private final SimulatedNode node;
  private final List<Slice> received = new ArrayList<>();
  final PeerConnection connection;
  @Nullable DisconnectReason reason;
  boolean isFull;

  RawPeer(SimulatedNode node) {
    this.node = node;
    this.connection =
        node.replicator.attach(
            SimulatedNetwork.session(Role.RESPONDER, HASH, node.key), this, node.network.nowNanos);
  }

  /** Opens the core's channel with the right capability. */
  RawPeer open(Fixed32 coreKey) {
    NoiseSession ours = SimulatedNetwork.session(Role.INITIATOR, HASH, node.key);
    return open(coreKey, Capability.ours(ours, coreKey).encode());
  }

  RawPeer open(Fixed32 coreKey, Slice handshake) {
    return sendRaw(
        new CompactWriter()
            .uint(0)
            .uint(1)
            .uint(1)
            .string(Capability.PROTOCOL)
            .buffer(Namespaces.discoveryKey(coreKey).toSlice())
            .raw(handshake)
            .toSlice());
  }

  RawPeer send(HypercoreMessage message) {
    return send(message.type(), HypercoreCodec.encode(message));
  }

  RawPeer send(int type, Slice payload) {
    return sendRaw(new CompactWriter().uint(1).uint(type).raw(payload).toSlice());
  }

  /** Several messages at once. */
  RawPeer batch(List<? extends HypercoreMessage> messages) {
    CompactWriter batch = new CompactWriter().uint(0).uint(0).uint(1);
    for (HypercoreMessage message : messages) {
      Slice payload = HypercoreCodec.encode(message);
      batch
          .uint(CompactWriter.sizeOfUint(message.type()) + payload.length())
          .uint(message.type())
          .raw(payload);
    }
    return sendRaw(batch.toSlice());
  }

  RawPeer sendRaw(Slice message) {
    node.replicator.receive(connection, message, node.network.nowNanos);
    return this;
  }

  void detach() {
    node.replicator.detach(connection, node.network.nowNanos);
  }

  /** What came since the last call. */
  List<HypercoreMessage> take() {
    List<HypercoreMessage> messages = new ArrayList<>();
    for (Slice each : received) {
      for (Transcript.Item item : Transcript.items(each)) {
        HypercoreMessage message = item.message();
        if (message != null) {
          messages.add(message);
        }
      }
    }
    received.clear();
    return messages;
  }

  /** What came since the last call, of one kind. */
  <T extends HypercoreMessage> List<T> take(Class<T> kind) {
    return take().stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** Protomux messages since the last call. */
  List<Slice> takeRaw() {
    List<Slice> all = List.copyOf(received);
    received.clear();
    return all;
  }

  @Override
  public boolean send(Slice message) {
    received.add(message);
    return !isFull;
  }

  @Override
  public boolean isWritable() {
    return !isFull;
  }

  @Override
  public void destroy(DisconnectReason why, String detail) {
    reason = why;
  }
}
