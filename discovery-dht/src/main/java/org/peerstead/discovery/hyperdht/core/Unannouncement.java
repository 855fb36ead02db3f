package org.peerstead.discovery.hyperdht.core;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.wire.AnnounceMessage;
import org.peerstead.discovery.hyperdht.wire.HyperdhtCommand;
import org.peerstead.discovery.hyperdht.wire.PeerRecord;
import org.peerstead.discovery.hyperdht.wire.Signables;
import org.peerstead.discovery.rpc.core.OutgoingRequest;
import org.peerstead.discovery.rpc.core.Reply;
import org.peerstead.discovery.rpc.core.ReplyListener;
import org.peerstead.discovery.rpc.core.RpcNode;
import org.peerstead.discovery.rpc.wire.RpcError;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** Takes an announcement back at one node. Stateless. */
final class Unannouncement {
  private Unannouncement() {}

  /** Hears the end. */
  interface EndListener {
    void ended(boolean isConfirmed, long nowNanos);
  }

  /**
   * Sends UNANNOUNCE to the node that gave {@code reply}.
   *
   * @return false when it gave no token or id: then nothing is sent and {@code listener} hears
   *     nothing
   */
  static boolean send(
      RpcNode rpc, KeyPair key, Fixed32 target, Reply reply, long nowNanos, EndListener listener) {
    @Nullable Fixed32 token = reply.response().token();
    @Nullable Fixed32 nodeId = reply.id();
    if (token == null || nodeId == null) {
      return false;
    }
    PeerRecord record = new PeerRecord(key.publicKey(), List.of());
    Slice signable = Signables.unannounce(target, nodeId, token, record.encode(), null);
    rpc.request(
        reply.from(),
        new OutgoingRequest(
            false,
            HyperdhtCommand.UNANNOUNCE,
            target,
            token,
            AnnounceMessage.signed(record, Slice.of(key.sign(signable))).encode(),
            OutgoingRequest.DEFAULT_RETRIES),
        new ReplyListener() {
          @Override
          public void replied(Reply answer, long atNanos) {
            listener.ended(answer.response().error() == RpcError.NONE, atNanos);
          }

          @Override
          public void failed(long atNanos) {
            listener.ended(false, atNanos);
          }
        },
        nowNanos);
    return true;
  }
}
