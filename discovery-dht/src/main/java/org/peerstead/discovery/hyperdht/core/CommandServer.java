package org.peerstead.discovery.hyperdht.core;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.records.EpochClock;
import org.peerstead.discovery.hyperdht.records.RecordBook;
import org.peerstead.discovery.hyperdht.records.RecordBook.Stored;
import org.peerstead.discovery.hyperdht.records.RecordKind;
import org.peerstead.discovery.hyperdht.records.Route;
import org.peerstead.discovery.hyperdht.wire.AnnounceMessage;
import org.peerstead.discovery.hyperdht.wire.HyperdhtCommand;
import org.peerstead.discovery.hyperdht.wire.HyperdhtError;
import org.peerstead.discovery.hyperdht.wire.LookupReply;
import org.peerstead.discovery.hyperdht.wire.MutablePut;
import org.peerstead.discovery.hyperdht.wire.MutableValue;
import org.peerstead.discovery.hyperdht.wire.PeerRecord;
import org.peerstead.discovery.hyperdht.wire.PluginMessage;
import org.peerstead.discovery.hyperdht.wire.Signables;
import org.peerstead.discovery.rpc.core.CommandHandler;
import org.peerstead.discovery.rpc.core.DropReason;
import org.peerstead.discovery.rpc.core.Exchange;
import org.peerstead.discovery.rpc.core.SocketSide;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.RpcError;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Answers the commands of HyperDHT.
 *
 * <pre>
 *     command         needs                 answer (t token, c closer nodes, v value)
 *  0  PEER_HANDSHAKE  value                 passed on, or c; see {@link MessageRelay}
 *  1  PEER_HOLEPUNCH  value                 passed on
 *  2  FIND_PEER       target                t c, v when the server announced itself here
 *  3  LOOKUP          target                t c, v when there are peers
 *  4  ANNOUNCE        target token value    bare
 *  5  UNANNOUNCE      target token value    bare
 *  6  MUTABLE_PUT     target token value    t c, or error 16 or 17 and c
 *  7  MUTABLE_GET     target value          t c, v when it is new enough
 *  8  IMMUTABLE_PUT   target token value    t c
 *  9  IMMUTABLE_GET   target                t c, v when there is one
 * 10  PLUGIN          value                 none: there are no plugins
 *     others                                error 1 and c
 * </pre>
 *
 * <p>What is incomplete, cannot be read or is not signed gets no answer, as from npm; 2 to 10 get
 * error 1 from a node that serves nobody. Differs from hyperdht 6.34.0: what a limit keeps out is
 * refused with error 3, so that the client does not try again at once; and a source that never
 * proved its address gets values at a limited rate, because its request may be forged: beyond that,
 * no answer is longer than five times its request.
 *
 * <p>Not thread-safe.
 */
final class CommandServer implements CommandHandler {
  /** Room for a lookup reply with as many records as it may have. */
  private static final int LOOKUP_REPLY_BYTES =
      1 + LookupReply.MAX_PEERS * PeerRecord.MAX_STORED_BYTES + 9;

  private final RecordBook records;
  private final SourceShares shares;
  private final EpochClock clock;
  private final HyperdhtListener listener;
  private final MessageRelay relay;
  private final SignedRequests signedRequests;
  private final Map<Fixed32, Listening> servers = new HashMap<>();

  /** One for all: a lookup is answered before the next one comes. */
  private final CompactWriter lookupReply = new CompactWriter(LOOKUP_REPLY_BYTES);

  private @Nullable NodeAddress ownAddress;

  CommandServer(
      RecordBook records,
      SourceShares shares,
      EpochClock clock,
      HyperdhtListener listener,
      Entropy secrets) {
    this.records = records;
    this.shares = shares;
    this.clock = clock;
    this.listener = listener;
    this.relay = new MessageRelay(this, shares);
    this.signedRequests = new SignedRequests(secrets);
  }

  /** The address under which others know this node from now on, null if none is known. */
  void knownAs(@Nullable NodeAddress address) {
    ownAddress = address;
  }

  /** Requests from now on may be answered together, by {@link #endBatch}. */
  void beginBatch() {
    signedRequests.beginBatch();
  }

  /** Answers what is still to be answered. */
  void endBatch() {
    signedRequests.endBatch();
  }

  /** The server of this node for {@code target}, the hash of its key. */
  @Nullable Listening server(@Nullable Fixed32 target) {
    return target == null || servers.isEmpty() ? null : servers.get(target);
  }

  /** Registers a server of this node; false when there is one with that key. */
  boolean add(Listening server) {
    return servers.putIfAbsent(server.target(), server) == null;
  }

  void remove(Listening server) {
    servers.remove(server.target(), server);
  }

  /**
   * Where the server for {@code target} announced itself from; null when it did not, or long ago.
   */
  @Nullable NodeAddress route(@Nullable Fixed32 target) {
    if (target == null) {
      return null;
    }
    @Nullable Route route = records.route(target, clock.epochMillis());
    return route == null ? null : route.relay();
  }

  @Override
  public void handle(Exchange exchange, long nowNanos) {
    Request request = exchange.request();
    if (ownAddress != null
        && exchange.socket() == SocketSide.SERVER
        && !request.to().equals(ownAddress)) {
      listener.misdirected(exchange.from());
    }
    if (request.token() != null) {
      shares.proved(exchange.from(), nowNanos);
    }
    if (request.command() > HyperdhtCommand.PLUGIN) {
      exchange.replyError(RpcError.UNKNOWN_COMMAND);
      return;
    }
    try {
      handle((int) request.command(), exchange, request, nowNanos);
    } catch (EncodingException e) {
      exchange.drop(DropReason.BAD_VALUE);
    } catch (Incomplete e) {
      exchange.drop(DropReason.INCOMPLETE_REQUEST);
    }
  }

  private void handle(int command, Exchange exchange, Request request, long nowNanos)
      throws EncodingException, Incomplete {
    if (command == HyperdhtCommand.PEER_HANDSHAKE) {
      relay.onHandshake(exchange, present(request.value()), nowNanos);
      return;
    }
    if (command == HyperdhtCommand.PEER_HOLEPUNCH) {
      relay.onHolepunch(exchange, present(request.value()), nowNanos);
      return;
    }
    @Nullable Fixed32 ownId = exchange.ownId();
    if (ownId == null) {
      exchange.replyError(RpcError.UNKNOWN_COMMAND);
      return;
    }
    switch (command) {
      case HyperdhtCommand.FIND_PEER -> findPeer(exchange, present(request.target()), nowNanos);
      case HyperdhtCommand.LOOKUP -> lookup(exchange, present(request.target()), nowNanos);
      case HyperdhtCommand.ANNOUNCE -> announce(exchange, request, ownId, nowNanos);
      case HyperdhtCommand.UNANNOUNCE -> unannounce(exchange, request, ownId, nowNanos);
      case HyperdhtCommand.MUTABLE_PUT -> putMutable(exchange, request, nowNanos);
      case HyperdhtCommand.MUTABLE_GET -> getMutable(exchange, request, nowNanos);
      case HyperdhtCommand.IMMUTABLE_PUT -> putImmutable(exchange, request);
      case HyperdhtCommand.IMMUTABLE_GET ->
          answer(
              exchange,
              records.immutable(present(request.target()), clock.epochMillis()),
              nowNanos);
      case HyperdhtCommand.PLUGIN -> {
        PluginMessage.decode(present(request.value()));
        exchange.drop(DropReason.UNKNOWN_PLUGIN);
      }
      default -> throw new IllegalStateException("command " + command + " has no handler");
    }
  }

  private void findPeer(Exchange exchange, Fixed32 target, long nowNanos) {
    @Nullable Listening server = server(target);
    if (server != null) {
      answer(exchange, server.record(), nowNanos);
      return;
    }
    @Nullable Route route = records.route(target, clock.epochMillis());
    answer(exchange, route == null ? null : route.record(), nowNanos);
  }

  private void lookup(Exchange exchange, Fixed32 topic, long nowNanos) {
    CompactWriter reply = lookupReply.clear();
    int found = records.lookup(topic, LookupReply.MAX_PEERS, reply, clock.epochMillis());
    @Nullable Listening server = server(topic);
    if (found == 0 && server != null) {
      reply.uint(1).raw(server.record()).uint(0);
      found = 1;
    }
    answer(exchange, found == 0 ? null : reply.toSlice(), nowNanos);
  }

  private void announce(Exchange exchange, Request request, Fixed32 ownId, long nowNanos)
      throws EncodingException, Incomplete {
    Fixed32 target = present(request.target());
    Fixed32 token = present(request.token());
    AnnounceMessage message = AnnounceMessage.decode(present(request.value()));
    NodeAddress from = exchange.from();
    @Nullable PeerRecord peer = message.peer();
    if (peer == null) {
      refresh(exchange, present(message.refresh()));
      return;
    }
    Slice signature = present(message.signature());
    if (!shares.mayVerify(from, nowNanos)) {
      exchange.drop(DropReason.RATE_LIMITED);
      return;
    }
    Slice record = peer.encode();
    signedRequests.judge(
        exchange,
        peer.publicKey(),
        Signables.announce(target, ownId, token, record, message.refresh()),
        signature,
        () ->
            storeAnnounced(
                exchange,
                target,
                peer.publicKey(),
                record.length() > PeerRecord.MAX_STORED_BYTES ? peer.stored().encode() : record,
                message));
  }

  private void storeAnnounced(
      Exchange exchange, Fixed32 target, Fixed32 publicKey, Slice record, AnnounceMessage message) {
    NodeAddress from = exchange.from();
    long epochMillis = clock.epochMillis();
    boolean isSelf = Blake2b.hash(publicKey.toSlice()).equals(target);
    Stored outcome =
        isSelf
            ? records.announceRoute(target, from, publicKey, record, message.refresh(), epochMillis)
            : records.announce(
                target, from, publicKey, record, message.refresh(), message.bump(), epochMillis);
    listener.stored(isSelf ? RecordKind.ROUTE : RecordKind.TOPIC_RECORD, outcome, from);
    if (outcome.isAccepted()) {
      exchange.replyBare(null);
    } else {
      exchange.replyError(HyperdhtError.TRY_LATER);
    }
  }

  private void refresh(Exchange exchange, Fixed32 revealed) {
    Stored outcome = records.refresh(revealed, exchange.from(), clock.epochMillis());
    listener.stored(RecordKind.TOPIC_RECORD, outcome, exchange.from());
    if (outcome.isAccepted()) {
      exchange.replyBare(null);
    } else {
      exchange.drop(DropReason.BAD_VALUE);
    }
  }

  private void unannounce(Exchange exchange, Request request, Fixed32 ownId, long nowNanos)
      throws EncodingException, Incomplete {
    Fixed32 target = present(request.target());
    Fixed32 token = present(request.token());
    AnnounceMessage message = AnnounceMessage.decode(present(request.value()));
    PeerRecord peer = present(message.peer());
    Slice signature = present(message.signature());
    if (!shares.mayVerify(exchange.from(), nowNanos)) {
      exchange.drop(DropReason.RATE_LIMITED);
      return;
    }
    signedRequests.judge(
        exchange,
        peer.publicKey(),
        Signables.unannounce(target, ownId, token, peer.encode(), message.refresh()),
        signature,
        () -> {
          if (records.unannounce(target, peer.publicKey())) {
            listener.unannounced(target, exchange.from());
          }
          exchange.replyBare(null);
        });
  }

  private void putMutable(Exchange exchange, Request request, long nowNanos)
      throws EncodingException, Incomplete {
    Fixed32 target = present(request.target());
    present(request.token());
    MutablePut put = MutablePut.decode(present(request.value()));
    if (!Blake2b.hash(put.publicKey().toSlice()).equals(target)) {
      exchange.drop(DropReason.BAD_TARGET);
      return;
    }
    if (!shares.mayVerify(exchange.from(), nowNanos)) {
      exchange.drop(DropReason.RATE_LIMITED);
      return;
    }
    MutableValue content = put.content();
    signedRequests.judge(
        exchange,
        put.publicKey(),
        Signables.mutable(content.seq(), content.value()),
        content.signature(),
        () -> storeMutable(exchange, target, content));
  }

  private void storeMutable(Exchange exchange, Fixed32 target, MutableValue content) {
    Stored outcome =
        records.putMutable(
            target, content.seq(), content.encode(), exchange.from(), clock.epochMillis());
    listener.stored(RecordKind.MUTABLE, outcome, exchange.from());
    switch (outcome) {
      case STORED, RENEWED -> exchange.reply(null);
      case SEQ_REUSED -> exchange.replyError(HyperdhtError.SEQ_REUSED);
      case SEQ_TOO_LOW -> exchange.replyError(HyperdhtError.SEQ_TOO_LOW);
      case REFUSED_SOURCE_LIMIT,
          REFUSED_TOPIC_LIMIT,
          REFUSED_STORE_LIMIT,
          REFUSED_SIZE,
          UNKNOWN_REFRESH ->
          exchange.replyError(HyperdhtError.TRY_LATER);
    }
  }

  private void getMutable(Exchange exchange, Request request, long nowNanos)
      throws EncodingException, Incomplete {
    Fixed32 target = present(request.target());
    long minimumSeq = present(request.value()).reader().uint();
    @Nullable Slice value = records.mutable(target, clock.epochMillis());
    boolean isNewEnough = value != null && value.reader().uint() >= minimumSeq;
    answer(exchange, isNewEnough ? value : null, nowNanos);
  }

  private void putImmutable(Exchange exchange, Request request) throws Incomplete {
    Fixed32 target = present(request.target());
    present(request.token());
    Slice value = present(request.value());
    if (!Blake2b.hash(value).equals(target)) {
      exchange.drop(DropReason.BAD_TARGET);
      return;
    }
    Stored outcome = records.putImmutable(target, value, exchange.from(), clock.epochMillis());
    listener.stored(RecordKind.IMMUTABLE, outcome, exchange.from());
    if (outcome.isAccepted()) {
      exchange.reply(null);
    } else {
      exchange.replyError(HyperdhtError.TRY_LATER);
    }
  }

  private void answer(Exchange exchange, @Nullable Slice value, long nowNanos) {
    if (value == null || shares.mayAnswerWithValue(exchange.from(), nowNanos)) {
      exchange.reply(value);
    } else {
      listener.answerShortened(exchange.from());
      exchange.reply(null);
    }
  }

  private static <T> T present(@Nullable T field) throws Incomplete {
    if (field == null) {
      throw Incomplete.INSTANCE;
    }
    return field;
  }

  /** A request lacks what its command needs. One instance: it says nothing more. */
  private static final class Incomplete extends Exception {
    private static final long serialVersionUID = 1L;
    private static final Incomplete INSTANCE = new Incomplete();

    private Incomplete() {
      super(null, null, false, false);
    }
  }
}
