package org.peerstead.storagepeer;

import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.Hypercores;
import org.peerstead.hypercore.blindpeer.AddCore;
import org.peerstead.hypercore.blindpeer.BlindPeerCodec;
import org.peerstead.hypercore.blindpeer.CoresAnnouncement;
import org.peerstead.hypercore.blindpeer.KeptCore;
import org.peerstead.hypercore.blindpeer.RpcMessage;
import org.peerstead.hypercore.replication.PeerConnection;
import org.peerstead.hypercore.replication.ProtocolChannel;
import org.peerstead.hypercore.replication.ProtocolHandler;
import org.peerstead.hypercore.wire.MalformedMessageException;
import org.peerstead.securestream.crypto.KeyText;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.storagepeer.follow.FollowedCore;

/**
 * Lets peers ask, as clients of npm blind-peer do, for cores to be kept: on the connections on
 * which they replicate. A peer that may not ask is told that these protocols are not spoken here.
 *
 * <p>Differs from blind-peer 3.8.1: nobody may ask unless the operator says so; requests are
 * bounded per connection and cores and bytes per peer; there is no wakeup and no admin channel; a
 * core that a trusted peer announces is only kept from being given up, because there is nobody to
 * announce it to yet. As there, priority 2 is not given away, and a later request never lowers one.
 *
 * <p>Runs on the engine's thread; what takes time is done elsewhere.
 */
final class BlindPeerFace {
  private static final Logger LOG = Logger.getLogger(BlindPeerFace.class);

  /** What a request may get at most: 2 is for the operator. */
  private static final int MAX_PRIORITY = 1;

  private final StoragePeer peer;
  private final Hypercores engine;
  private final StorageRequestRules rules;
  private final StoragePeerMetrics metrics;
  private final Map<PeerConnection, StorageRequestRules.Budget> budgets = new WeakHashMap<>();

  BlindPeerFace(
      StoragePeer peer, Hypercores engine, StorageRequestRules rules, StoragePeerMetrics metrics) {
    this.peer = peer;
    this.engine = engine;
    this.rules = rules;
    this.metrics = metrics;
  }

  /** Begins to answer; completes when it does. */
  CompletableFuture<Void> register() {
    return CompletableFuture.allOf(
        engine.registerProtocol(BlindPeerCodec.BLIND_PEER, this::coresRequested),
        engine.registerProtocol(BlindPeerCodec.RPC, this::rpcRequested));
  }

  private ProtocolHandler.@Nullable Accept coresRequested(
      PeerConnection connection, Slice id, Slice handshake, long nowNanos) {
    return id.isEmpty() && mayAsk(connection)
        ? new ProtocolHandler.Accept(Slice.EMPTY, this::cores)
        : null;
  }

  private ProtocolHandler.@Nullable Accept rpcRequested(
      PeerConnection connection, Slice id, Slice handshake, long nowNanos) {
    return id.equals(engine.devicePublicKey().toSlice()) && mayAsk(connection)
        ? new ProtocolHandler.Accept(Slice.EMPTY, this::rpc)
        : null;
  }

  private boolean mayAsk(PeerConnection connection) {
    if (rules.mayStore(connection.remoteKey())) {
      return true;
    }
    metrics.storageRequest("not_allowed");
    return false;
  }

  private void cores(ProtocolChannel channel, int type, Slice payload, long nowNanos) {
    if (type != 0) {
      return;
    }
    CoresAnnouncement message;
    try {
      message = BlindPeerCodec.decodeCores(payload);
    } catch (MalformedMessageException e) {
      malformed(channel, e);
      return;
    }
    for (CoresAnnouncement.ClientCore core : message.cores()) {
      keep(
              channel.connection(),
              new AddCore(
                  core.key(), message.referrer(), message.priority(), message.isAnnounced()),
              nowNanos)
          .exceptionally(failure -> {
            LOG.debugf("Core %s is not kept: %s", core.key(), failure.getMessage());
            return null;
          });
    }
  }

  private void rpc(ProtocolChannel channel, int type, Slice payload, long nowNanos) {
    if (type != 0) {
      return;
    }
    RpcMessage.Request request;
    try {
      request = (RpcMessage.Request) BlindPeerCodec.decodeRpc(0, payload);
      switch (request.method()) {
        case BlindPeerCodec.ADD_CORE ->
            answer(
                channel,
                request.id(),
                keep(channel.connection(), BlindPeerCodec.decodeAddCore(request.value()), nowNanos),
                core -> BlindPeerCodec.encode(kept(core)));
        case BlindPeerCodec.DELETE_CORE ->
            answer(
                channel,
                request.id(),
                delete(channel.connection(), BlindPeerCodec.decodeKey(request.value())),
                BlindPeerCodec::encodeBoolean);
        default ->
            reply(
                channel,
                new RpcMessage.Failure(
                    request.id(),
                    "Unknown method '" + request.method() + "'",
                    RpcMessage.Failure.UNKNOWN_METHOD,
                    ""));
      }
    } catch (MalformedMessageException e) {
      malformed(channel, e);
    }
  }

  private void malformed(ProtocolChannel channel, MalformedMessageException e) {
    metrics.storageRequest("malformed");
    channel.connection().close("blind-peer: " + e.getMessage());
  }

  private CompletableFuture<CoreView> keep(PeerConnection connection, AddCore wish, long nowNanos) {
    Fixed32 asking = connection.remoteKey();
    if (!budgets.computeIfAbsent(connection, c -> rules.budget(nowNanos)).take(nowNanos)) {
      metrics.storageRequest("too_many");
      return CompletableFuture.failedFuture(
          new EngineBusyException("too many requests on this connection; try again later"));
    }
    boolean isTrusted = rules.isTrusted(asking);
    return peer.followLater(
            new FollowRequest(
                wish.key(),
                ownerOf(asking),
                false,
                wish.isAnnounced() && isTrusted,
                false,
                (int) Math.min(wish.priority(), MAX_PRIORITY),
                0,
                wish.referrer(),
                null))
        .whenComplete(
            (core, failure) -> metrics.storageRequest(failure == null ? "kept" : "refused"));
  }

  /** On whose behalf cores are kept that a peer asked for. */
  static String ownerOf(Fixed32 peer) {
    return "peer:" + KeyText.encode(peer);
  }

  private CompletableFuture<Boolean> delete(PeerConnection connection, Fixed32 key) {
    return rules.isTrusted(connection.remoteKey())
        ? peer.unfollowLater(key)
        : CompletableFuture.failedFuture(
            new EngineBusyException("Only trusted peers can delete cores"));
  }

  private static KeptCore kept(CoreView view) {
    FollowedCore core = view.kept().orElseThrow();
    return new KeptCore(
        view.key(),
        view.length(),
        view.storedBytes(),
        core.activeMillis(),
        core.activeMillis(),
        core.priority(),
        core.isAnnounced(),
        core.referrer(),
        core.clearedBlocks(),
        core.clearedBytes());
  }

  private <T> void answer(
      ProtocolChannel channel, long id, CompletableFuture<T> result, Function<T, Slice> encoding) {
    result.whenComplete((value, failure) -> {
      if (id != 0) {
        RpcMessage message =
            failure == null
                ? new RpcMessage.Success(id, encoding.apply(value))
                : new RpcMessage.Failure(
                    id,
                    "Request failed",
                    RpcMessage.Failure.REQUEST_ERROR,
                    String.valueOf(failure.getMessage()));
        if (!engine.execute(() -> reply(channel, message))) {
          LOG.debug("An answer found no room");
        }
      }
    });
  }

  private static void reply(ProtocolChannel channel, RpcMessage message) {
    if (channel.isOpen() && message.id() != 0) {
      channel.send(message.type(), BlindPeerCodec.encode(message));
    }
  }
}
