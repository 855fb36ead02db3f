package org.peerstead.discovery.hyperdht.core;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.core.HandshakeListener.Failure;
import org.peerstead.discovery.hyperdht.wire.HandshakeMessage;
import org.peerstead.discovery.hyperdht.wire.HyperdhtCommand;
import org.peerstead.discovery.hyperdht.wire.HyperdhtError;
import org.peerstead.discovery.hyperdht.wire.Namespace;
import org.peerstead.discovery.hyperdht.wire.NoisePayload;
import org.peerstead.discovery.hyperdht.wire.PeerRecord;
import org.peerstead.discovery.hyperdht.wire.RelayMode;
import org.peerstead.discovery.rpc.core.OutgoingRequest;
import org.peerstead.discovery.rpc.core.Query;
import org.peerstead.discovery.rpc.core.QueryResult;
import org.peerstead.discovery.rpc.core.Reply;
import org.peerstead.discovery.rpc.core.ReplyListener;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Response;
import org.peerstead.discovery.rpc.wire.RpcError;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseException;
import org.peerstead.securestream.noise.NoiseHandshake;

/**
 * One attempt to reach a server: searches nodes that know it, and sends the same first message of
 * the handshake through at most {@link #PARALLEL} of them at a time, until one brings back an
 * answer that only the server can have written. Relays are strangers; what else they answer costs
 * them their turn and nothing more.
 *
 * <p>Not thread-safe; owner thread only.
 */
final class HandshakeCall implements PeerFoundListener, Query {
  /** Nodes tried at the same time. */
  static final int PARALLEL = 2;

  /** Nodes tried altogether. */
  static final int MAX_RELAYS = 24;

  private final HyperdhtNode node;
  private final Fixed32 remoteKey;
  private final Fixed32 target;
  private final KeyPair own;
  private final KeyPair ephemeral;
  private final Slice payload;
  private final HandshakeListener listener;
  private final Slice firstMessage;
  private final ArrayDeque<NodeAddress> waiting = new ArrayDeque<>();
  private final Set<NodeAddress> known = new HashSet<>();
  private @Nullable NoiseHandshake handshake;
  private @Nullable Query query;
  private boolean isSearchOver;
  private boolean finished;
  private int running;

  /**
   * A call that has not started.
   *
   * @throws NoiseException when {@code remoteKey} is no key
   */
  HandshakeCall(
      HyperdhtNode node,
      Fixed32 remoteKey,
      Fixed32 target,
      KeyPair own,
      KeyPair ephemeral,
      NoisePayload payload,
      HandshakeListener listener)
      throws NoiseException {
    this.node = node;
    this.remoteKey = remoteKey;
    this.target = target;
    this.own = own;
    this.ephemeral = ephemeral;
    this.payload = payload.encode();
    this.listener = listener;
    NoiseHandshake first = newHandshake();
    this.firstMessage = Slice.of(first.write(this.payload));
    this.handshake = first;
  }

  private NoiseHandshake newHandshake() {
    return NoiseHandshake.ikInitiator(
        own, ephemeral, remoteKey, Namespace.PEER_HANDSHAKE.toSlice());
  }

  /**
   * Starts with {@code relays}, and searches for more at the same time.
   *
   * @param relays nodes that may know the server
   */
  void start(List<NodeAddress> relays, long nowNanos) {
    relays.forEach(this::addRelay);
    sendNext(nowNanos);
    query = node.findPeerByHash(target, relays, this, nowNanos);
    if (finished) {
      query.cancel(nowNanos);
    }
  }

  private void addRelay(NodeAddress relay) {
    if (relay.port() != 0 && known.size() < MAX_RELAYS && known.add(relay)) {
      waiting.add(relay);
    }
  }

  @Override
  public void found(PeerRecord record, Reply reply, long nowNanos) {
    if (record.publicKey().equals(remoteKey)) {
      addRelay(reply.from());
      sendNext(nowNanos);
    }
  }

  @Override
  public void finished(QueryResult result, long nowNanos) {
    isSearchOver = true;
    endIfHopeless(nowNanos);
  }

  @Override
  public void cancel(long nowNanos) {
    fail(Failure.NO_ANSWER, HyperdhtError.NONE, nowNanos);
  }

  @Override
  public boolean isFinished() {
    return finished;
  }

  private void sendNext(long nowNanos) {
    while (!finished && running < PARALLEL && !waiting.isEmpty()) {
      NodeAddress relay = waiting.remove();
      running++;
      node.rpc()
          .request(
              relay,
              new OutgoingRequest(
                  false,
                  HyperdhtCommand.PEER_HANDSHAKE,
                  target,
                  null,
                  new HandshakeMessage(RelayMode.FROM_CLIENT, firstMessage, null, null).encode(),
                  OutgoingRequest.DEFAULT_RETRIES),
              new ReplyListener() {
                @Override
                public void replied(Reply reply, long atNanos) {
                  running--;
                  if (!finished) {
                    onReply(reply, atNanos);
                  }
                }

                @Override
                public void failed(long atNanos) {
                  running--;
                  proceed(atNanos);
                }
              },
              nowNanos);
    }
  }

  private void proceed(long nowNanos) {
    sendNext(nowNanos);
    endIfHopeless(nowNanos);
  }

  private void endIfHopeless(long nowNanos) {
    if (!finished && isSearchOver && running == 0 && waiting.isEmpty()) {
      fail(
          known.isEmpty() ? Failure.PEER_NOT_FOUND : Failure.NO_ANSWER,
          HyperdhtError.NONE,
          nowNanos);
    }
  }

  private void onReply(Reply reply, long nowNanos) {
    Response response = reply.response();
    @Nullable Slice value = response.value();
    // Without a value the node knows no way and names others, which the search finds as well.
    if (response.error() != RpcError.NONE || value == null) {
      proceed(nowNanos);
      return;
    }
    try {
      HandshakeMessage message = HandshakeMessage.decode(value);
      if (message.mode() == RelayMode.REPLY) {
        @Nullable NodeAddress server = message.peerAddress();
        NoiseHandshake attempt = takeHandshake();
        NoisePayload theirs = NoisePayload.decode(Slice.of(attempt.read(message.noise())));
        end(
            attempt,
            theirs,
            reply,
            server == null ? reply.from() : server,
            server != null,
            nowNanos);
        return;
      }
    } catch (EncodingException | NoiseException e) {
      // Not the server's bytes: a lying or broken relay.
    }
    node.listener().badAnswer(reply.from());
    proceed(nowNanos);
  }

  /** A handshake that failed is of no more use: the same first message is made again. */
  private NoiseHandshake takeHandshake() throws NoiseException {
    @Nullable NoiseHandshake fresh = handshake;
    handshake = null;
    if (fresh == null) {
      fresh = newHandshake();
      fresh.write(payload);
    }
    return fresh;
  }

  private void end(
      NoiseHandshake complete,
      NoisePayload theirs,
      Reply reply,
      NodeAddress server,
      boolean isRelayed,
      long nowNanos) {
    if (theirs.version() != NoisePayload.VERSION) {
      fail(Failure.INCOMPATIBLE, HyperdhtError.VERSION_MISMATCH, nowNanos);
    } else if (theirs.error() != HyperdhtError.NONE) {
      fail(Failure.REFUSED, theirs.error(), nowNanos);
    } else {
      finish(nowNanos);
      listener.accepted(
          new HandshakeResult(
              complete.session(), theirs, reply.from(), server, reply.response().to(), isRelayed),
          nowNanos);
    }
  }

  private void fail(Failure why, long error, long nowNanos) {
    if (!finished) {
      finish(nowNanos);
      listener.failed(why, error, nowNanos);
    }
  }

  private void finish(long nowNanos) {
    finished = true;
    waiting.clear();
    if (handshake != null) {
      handshake.close();
    }
    if (query != null) {
      query.cancel(nowNanos);
    }
  }
}
