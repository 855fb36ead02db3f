package org.peerstead.discovery.hyperdht.core;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.records.EpochClock;
import org.peerstead.discovery.hyperdht.records.RecordBook;
import org.peerstead.discovery.hyperdht.wire.AnnounceMessage;
import org.peerstead.discovery.hyperdht.wire.HolepunchMessage;
import org.peerstead.discovery.hyperdht.wire.HolepunchPayload;
import org.peerstead.discovery.hyperdht.wire.HyperdhtCommand;
import org.peerstead.discovery.hyperdht.wire.LookupReply;
import org.peerstead.discovery.hyperdht.wire.MutablePut;
import org.peerstead.discovery.hyperdht.wire.MutableValue;
import org.peerstead.discovery.hyperdht.wire.NoisePayload;
import org.peerstead.discovery.hyperdht.wire.NoisePayload.HolepunchInfo;
import org.peerstead.discovery.hyperdht.wire.NoisePayload.RelayInfo;
import org.peerstead.discovery.hyperdht.wire.PeerRecord;
import org.peerstead.discovery.hyperdht.wire.RelayMode;
import org.peerstead.discovery.hyperdht.wire.Signables;
import org.peerstead.discovery.rpc.core.OutgoingRequest;
import org.peerstead.discovery.rpc.core.Query;
import org.peerstead.discovery.rpc.core.QueryListener;
import org.peerstead.discovery.rpc.core.QueryResult;
import org.peerstead.discovery.rpc.core.QuerySpec;
import org.peerstead.discovery.rpc.core.Reply;
import org.peerstead.discovery.rpc.core.ReplyListener;
import org.peerstead.discovery.rpc.core.RpcNode;
import org.peerstead.discovery.rpc.core.SocketSide;
import org.peerstead.discovery.rpc.core.Transport;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.CryptoException;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.crypto.SecretBox;
import org.peerstead.securestream.crypto.VerifyKey;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseException;

/**
 * One node of a HyperDHT network: serves others out of its {@link RecordBook}, and does everything
 * that a client may ask of other nodes. {@link RpcNode} below it keeps the routing table.
 *
 * <p>Results come through listeners, on the thread and inside the calls of the owner. What a query
 * finds is checked as far as it can be: values by hash or signature, answers of servers by their
 * key. Records of peers are not signed for the reader; whoever connects finds out.
 *
 * <p>Not thread-safe: one owner thread makes all calls. After each call {@link #nextDeadlineNanos}
 * says when {@link #advance} has to be called at the latest.
 */
public final class HyperdhtNode {
  /**
   * Largest value that this node puts, in bytes: what fits any node's answer beside the addresses
   * of closer nodes, and what applications keep to.
   */
  public static final int MAX_VALUE_BYTES = 1_000;

  /** Requests that look for a server before a handshake are repeated this often. */
  private static final int CONNECT_RETRIES = 3;

  /** Records are looked through for old ones this often, 1 s. */
  private static final long EXPIRY_NANOS = 1_000_000_000L;

  /** The same while many are old: each time only some of them are removed. */
  private static final long EXPIRY_REST_NANOS = 50_000_000L;

  private final RecordBook records;
  private final HyperdhtListener listener;
  private final Entropy secrets;
  private final EpochClock clock;
  private final CommandServer commands;
  private final RpcNode rpc;
  private final @Nullable NodeAddress statedAddress;
  private final List<Listening> servers = new ArrayList<>();
  private long nextExpiryNanos;
  private boolean closed;

  /**
   * A node that has not started yet.
   *
   * @param records loaded already; belongs to this node from now on
   * @param secrets for keys, tokens and nonces; has to be unpredictable
   * @param chance for everything that only has to differ between nodes
   */
  public HyperdhtNode(
      HyperdhtConfig config,
      Transport transport,
      RecordBook records,
      HyperdhtListener listener,
      Entropy secrets,
      RandomGenerator chance,
      EpochClock clock,
      long nowNanos) {
    this.records = records;
    this.listener = listener;
    this.secrets = secrets;
    this.clock = clock;
    this.commands =
        new CommandServer(
            records, new SourceShares(config, secrets, nowNanos), clock, listener, secrets);
    this.rpc = new RpcNode(config.rpc(), transport, commands, listener, secrets, chance, nowNanos);
    this.statedAddress = config.rpc().publicAddress();
    commands.knownAs(statedAddress);
    this.nextExpiryNanos = nowNanos + EXPIRY_NANOS;
  }

  /** The node below. */
  public RpcNode rpc() {
    return rpc;
  }

  HyperdhtListener listener() {
    return listener;
  }

  // ------------------------------------------------------------------------------------- driving

  /** See {@link RpcNode#start}. */
  public void start(List<NodeAddress> remembered, Runnable whenReady, long nowNanos) {
    rpc.start(remembered, whenReady, nowNanos);
  }

  /** See {@link RpcNode#receive}. */
  public void receive(SocketSide socket, NodeAddress from, Slice datagram, long nowNanos) {
    rpc.receive(socket, from, datagram, nowNanos);
  }

  /**
   * Tells that several datagrams follow that arrived together: their answers may wait for {@link
   * #endBatch}.
   */
  public void beginBatch() {
    commands.beginBatch();
  }

  /** All datagrams of a batch were handed over; gives the answers that waited. */
  public void endBatch() {
    commands.endBatch();
  }

  /** Does what is due. */
  public void advance(long nowNanos) {
    rpc.advance(nowNanos);
    if (closed) {
      return;
    }
    if (nextExpiryNanos - nowNanos <= 0) {
      boolean isMoreDue = records.advance(clock.epochMillis());
      nextExpiryNanos = nowNanos + (isMoreDue ? EXPIRY_REST_NANOS : EXPIRY_NANOS);
      commands.knownAs(statedAddress == null ? rpc.reachableAddress() : statedAddress);
    }
    for (int i = servers.size() - 1; i >= 0; i--) {
      Listening server = servers.get(i);
      if (server.isClosed()) {
        servers.remove(i);
      } else {
        server.advance(nowNanos);
      }
    }
  }

  /** When {@link #advance} has to be called at the latest; {@link Long#MAX_VALUE} for never. */
  public long nextDeadlineNanos() {
    if (closed) {
      return Long.MAX_VALUE;
    }
    long deadline = Math.min(rpc.nextDeadlineNanos(), nextExpiryNanos);
    for (int i = 0; i < servers.size(); i++) {
      deadline = Math.min(deadline, servers.get(i).nextDeadlineNanos());
    }
    return deadline;
  }

  /** See {@link RpcNode#suspend}. */
  public void suspend(long nowNanos) {
    rpc.suspend(nowNanos);
  }

  /** See {@link RpcNode#resume}; servers of this node are announced again. */
  public void resume(long nowNanos) {
    rpc.resume(nowNanos);
    for (Listening server : servers) {
      server.refresh(nowNanos);
    }
  }

  /**
   * Ends everything; operations that run fail. Servers of this node are forgotten by others only
   * after a while: whoever wants to take their announcements back closes them earlier.
   */
  public void close(long nowNanos) {
    closed = true;
    servers.forEach(Listening::abandon);
    servers.clear();
    rpc.close(nowNanos);
  }

  // ------------------------------------------------------------------------------- peers, topics

  /** Searches for the server with this key. */
  public Query findPeer(Fixed32 publicKey, PeerFoundListener found, long nowNanos) {
    return findPeer(
        Blake2b.hash(publicKey.toSlice()),
        List.of(),
        OutgoingRequest.QUERY_RETRIES,
        found,
        nowNanos);
  }

  Query findPeerByHash(
      Fixed32 target, List<NodeAddress> seeds, PeerFoundListener found, long nowNanos) {
    return findPeer(target, seeds, CONNECT_RETRIES, found, nowNanos);
  }

  private Query findPeer(
      Fixed32 target,
      List<NodeAddress> seeds,
      int retries,
      PeerFoundListener found,
      long nowNanos) {
    return rpc.query(
        new QuerySpec(target, false, HyperdhtCommand.FIND_PEER, null, seeds, retries, null),
        new QueryListener() {
          @Override
          public void replied(Reply reply, long atNanos) {
            @Nullable Slice value = reply.response().value();
            if (value != null) {
              try {
                found.found(PeerRecord.decode(value), reply, atNanos);
              } catch (EncodingException e) {
                listener.badAnswer(reply.from());
              }
            }
          }

          @Override
          public void finished(QueryResult result, long atNanos) {
            found.finished(result, atNanos);
          }
        },
        nowNanos);
  }

  /** Searches for the peers of {@code topic}. */
  public Query lookup(Fixed32 topic, LookupListener found, long nowNanos) {
    return rpc.query(
        QuerySpec.read(topic, HyperdhtCommand.LOOKUP, null), new Lookup(found), nowNanos);
  }

  /**
   * Searches for the peers of {@code topic}, and announces {@code peer} at the nodes nearest to it,
   * which forget it after 20 minutes.
   *
   * @param relays addresses at which the peer is reached, at most {@link
   *     PeerRecord#MAX_STORED_RELAYS}
   */
  public Query announce(
      Fixed32 topic, KeyPair peer, List<NodeAddress> relays, LookupListener found, long nowNanos) {
    return announce(topic, peer, relays, 0, found, nowNanos);
  }

  /**
   * As {@link #announce(Fixed32, KeyPair, List, LookupListener, long)}.
   *
   * @param bump milliseconds since 1970: there is news for the topic since then; 0 for none
   */
  public Query announce(
      Fixed32 topic,
      KeyPair peer,
      List<NodeAddress> relays,
      long bump,
      LookupListener found,
      long nowNanos) {
    if (relays.size() > PeerRecord.MAX_STORED_RELAYS) {
      throw new IllegalArgumentException(
          relays.size() + " relays, limit " + PeerRecord.MAX_STORED_RELAYS);
    }
    PeerRecord record = new PeerRecord(peer.publicKey(), relays);
    Slice encoded = record.encode();
    return rpc.query(
        QuerySpec.write(
            topic,
            HyperdhtCommand.LOOKUP,
            null,
            reply -> announceAt(reply, topic, peer, record, encoded, bump)),
        new Lookup(found),
        nowNanos);
  }

  private static @Nullable OutgoingRequest announceAt(
      Reply reply, Fixed32 topic, KeyPair peer, PeerRecord record, Slice encoded, long bump) {
    @Nullable Fixed32 token = reply.response().token();
    @Nullable Fixed32 nodeId = reply.id();
    if (token == null || nodeId == null) {
      return null;
    }
    Slice signable = Signables.announce(topic, nodeId, token, encoded, null);
    AnnounceMessage message =
        new AnnounceMessage(record, null, Slice.of(peer.sign(signable)), bump);
    return commit(HyperdhtCommand.ANNOUNCE, topic, token, message.encode());
  }

  /**
   * Takes an announcement back at every node that still has it. The result's {@code committed} are
   * the nodes that confirmed it.
   */
  public Query unannounce(Fixed32 topic, KeyPair peer, LookupListener found, long nowNanos) {
    return rpc.query(
        QuerySpec.read(topic, HyperdhtCommand.LOOKUP, null),
        new Removal(topic, peer, found),
        nowNanos);
  }

  private static OutgoingRequest commit(int command, Fixed32 target, Fixed32 token, Slice value) {
    return new OutgoingRequest(
        false, command, target, token, value, OutgoingRequest.DEFAULT_RETRIES);
  }

  /** Reads what a lookup brings. */
  private class Lookup implements QueryListener {
    final LookupListener found;

    Lookup(LookupListener found) {
      this.found = found;
    }

    @Override
    public void replied(Reply reply, long nowNanos) {
      @Nullable Slice value = reply.response().value();
      if (value != null) {
        try {
          LookupReply peers = LookupReply.decode(value);
          found.found(peers, reply.from(), nowNanos);
          read(peers, reply, nowNanos);
        } catch (EncodingException e) {
          listener.badAnswer(reply.from());
        }
      }
    }

    void read(LookupReply peers, Reply reply, long nowNanos) {}

    @Override
    public void finished(QueryResult result, long nowNanos) {
      found.finished(result, nowNanos);
    }
  }

  /** Removes a peer wherever a lookup finds it, or may have left it out. */
  private final class Removal extends Lookup {
    private final Fixed32 topic;
    private final KeyPair peer;
    private int waiting;
    private int confirmed;
    private @Nullable QueryResult result;

    Removal(Fixed32 topic, KeyPair peer, LookupListener found) {
      super(found);
      this.topic = topic;
      this.peer = peer;
    }

    @Override
    void read(LookupReply peers, Reply reply, long nowNanos) {
      boolean mayHaveIt =
          peers.peers().size() >= LookupReply.MAX_PEERS
              || peers.peers().stream().anyMatch(each -> each.publicKey().equals(peer.publicKey()));
      if (mayHaveIt && Unannouncement.send(rpc, peer, topic, reply, nowNanos, this::removalEnded)) {
        waiting++;
      }
    }

    private void removalEnded(boolean isConfirmed, long nowNanos) {
      waiting--;
      if (isConfirmed) {
        confirmed++;
      }
      end(nowNanos);
    }

    @Override
    public void finished(QueryResult queryResult, long nowNanos) {
      result = queryResult;
      end(nowNanos);
    }

    private void end(long nowNanos) {
      if (waiting == 0 && result != null) {
        found.finished(
            new QueryResult(
                result.closest(),
                result.succeeded(),
                result.failed(),
                result.hops(),
                confirmed,
                result.cancelled()),
            nowNanos);
      }
    }
  }

  // -------------------------------------------------------------------------------------- values

  /**
   * Stores {@code value} at the nodes nearest to its hash, which forget it after 48 hours.
   *
   * @param value 1 to {@link #MAX_VALUE_BYTES}
   */
  public Query immutablePut(Slice value, PutListener ended, long nowNanos) {
    checkValue(value);
    Fixed32 target = Blake2b.hash(value);
    return put(
        target,
        QuerySpec.read(target, HyperdhtCommand.IMMUTABLE_GET, null),
        HyperdhtCommand.IMMUTABLE_PUT,
        value,
        ended,
        nowNanos);
  }

  /** Searches for the value with this hash; the first node that has it ends the search. */
  public Query immutableGet(Fixed32 hash, ValueListener found, long nowNanos) {
    Cancellable search = new Cancellable();
    return search.start(
        QuerySpec.read(hash, HyperdhtCommand.IMMUTABLE_GET, null),
        new QueryListener() {
          private boolean isFound;

          @Override
          public void replied(Reply reply, long atNanos) {
            @Nullable Slice value = reply.response().value();
            if (value == null || isFound) {
              return;
            }
            if (Blake2b.hash(value).equals(hash)) {
              isFound = true;
              found.found(value, reply.from(), atNanos);
              search.cancel(atNanos);
            } else {
              listener.badAnswer(reply.from());
            }
          }

          @Override
          public void finished(QueryResult result, long atNanos) {
            found.finished(result, atNanos);
          }
        },
        nowNanos);
  }

  /**
   * Stores {@code value} at the nodes nearest to the hash of the owner's key, which forget it after
   * 48 hours and replace it only by a value with a greater number.
   *
   * @param seq 0 to 2^53 - 1
   * @param value 1 to {@link #MAX_VALUE_BYTES}
   */
  public Query mutablePut(KeyPair owner, long seq, Slice value, PutListener ended, long nowNanos) {
    checkValue(value);
    Fixed32 target = Blake2b.hash(owner.publicKey().toSlice());
    return put(
        target,
        QuerySpec.read(target, HyperdhtCommand.MUTABLE_GET, new CompactWriter(1).uint(0).toSlice()),
        HyperdhtCommand.MUTABLE_PUT,
        new MutablePut(owner.publicKey(), MutableValue.sign(owner, seq, value)).encode(),
        ended,
        nowNanos);
  }

  /**
   * Searches for the value of the owner of {@code publicKey}.
   *
   * @param minimumSeq older values are of no interest
   * @param isLatestWanted whether all nodes are asked for the latest; else the first value ends the
   *     search
   * @throws IllegalArgumentException when it is no public key
   */
  public Query mutableGet(
      Fixed32 publicKey,
      long minimumSeq,
      boolean isLatestWanted,
      MutableListener found,
      long nowNanos) {
    VerifyKey key;
    try {
      key = VerifyKey.of(publicKey);
    } catch (CryptoException e) {
      throw new IllegalArgumentException("not a public key: " + publicKey, e);
    }
    Cancellable search = new Cancellable();
    return search.start(
        QuerySpec.read(
            Blake2b.hash(publicKey.toSlice()),
            HyperdhtCommand.MUTABLE_GET,
            new CompactWriter(9).uint(minimumSeq).toSlice()),
        new QueryListener() {
          private long latest = -1;

          @Override
          public void replied(Reply reply, long atNanos) {
            @Nullable Slice bytes = reply.response().value();
            if (bytes == null || latest >= 0 && !isLatestWanted) {
              return;
            }
            try {
              MutableValue value = MutableValue.decode(bytes);
              if (value.seq() <= latest) {
                return;
              }
              if (value.seq() >= minimumSeq && value.isSignedBy(key)) {
                latest = value.seq();
                found.found(value, reply.from(), atNanos);
                if (!isLatestWanted) {
                  search.cancel(atNanos);
                }
                return;
              }
            } catch (EncodingException e) {
              // Counted like a signature that does not hold.
            }
            listener.badAnswer(reply.from());
          }

          @Override
          public void finished(QueryResult result, long atNanos) {
            found.finished(result, atNanos);
          }
        },
        nowNanos);
  }

  private static void checkValue(Slice value) {
    if (value.isEmpty() || value.length() > MAX_VALUE_BYTES) {
      throw new IllegalArgumentException(
          "a value of " + value.length() + " bytes, not 1 to " + MAX_VALUE_BYTES);
    }
  }

  private Query put(
      Fixed32 target,
      QuerySpec search,
      int command,
      Slice value,
      PutListener ended,
      long nowNanos) {
    PutRun run = new PutRun(rpc, target, command, value, ended);
    return rpc.query(search, run, nowNanos);
  }

  /** A query that its own listener may end. */
  private final class Cancellable {
    private @Nullable Query query;
    private boolean isCancelled;

    Query start(QuerySpec spec, QueryListener queryListener, long nowNanos) {
      Query started = rpc.query(spec, queryListener, nowNanos);
      query = started;
      if (isCancelled) {
        started.cancel(nowNanos);
      }
      return started;
    }

    void cancel(long nowNanos) {
      isCancelled = true;
      if (query != null) {
        query.cancel(nowNanos);
      }
    }
  }

  // --------------------------------------------------------------------------------- connections

  /**
   * Shakes hands with the server that holds {@code remoteKey}, through whichever nodes know it.
   *
   * @param relays nodes that may know it, from a lookup for instance; they are asked at once
   * @param payload our side; what the server needs to know to connect
   * @throws IllegalArgumentException when {@code remoteKey} is no public key
   */
  public Query handshake(
      Fixed32 remoteKey,
      KeyPair own,
      NoisePayload payload,
      List<NodeAddress> relays,
      HandshakeListener ended,
      long nowNanos) {
    HandshakeCall call;
    try {
      call =
          new HandshakeCall(
              this,
              remoteKey,
              Blake2b.hash(remoteKey.toSlice()),
              own,
              KeyPair.generate(secrets),
              payload,
              ended);
    } catch (NoiseException e) {
      throw new IllegalArgumentException("not a public key: " + remoteKey, e);
    }
    call.start(relays, nowNanos);
    return call;
  }

  /**
   * Tells the server of a handshake about our firewall and hears about its own: one message of a
   * hole punch. It travels through the relay of the handshake if the server has chosen that one as
   * well, else through the server's first.
   *
   * @throws IllegalArgumentException when the server offered no way to meet
   */
  public void holepunch(
      HandshakeResult connection,
      HolepunchPayload payload,
      HolepunchListener ended,
      long nowNanos) {
    @Nullable HolepunchInfo info = connection.payload().holepunch();
    if (info == null || info.relays().isEmpty()) {
      throw new IllegalArgumentException("the server offers no hole punch");
    }
    RelayInfo relay =
        info.relays().stream()
            .filter(each -> each.relayAddress().equals(connection.relay()))
            .findFirst()
            .orElse(info.relays().getFirst());
    Fixed32 secret = HolepunchPayload.secret(connection.session().handshakeHash());
    Slice sealed = payload.seal(secret, secrets.next(SecretBox.NONCE_BYTES));
    rpc.request(
        relay.relayAddress(),
        new OutgoingRequest(
            false,
            HyperdhtCommand.PEER_HOLEPUNCH,
            Blake2b.hash(connection.session().remotePublicKey().toSlice()),
            null,
            new HolepunchMessage(RelayMode.FROM_CLIENT, info.id(), sealed, relay.peerAddress())
                .encode(),
            OutgoingRequest.DEFAULT_RETRIES),
        new ReplyListener() {
          @Override
          public void replied(Reply reply, long atNanos) {
            @Nullable Slice value = reply.response().value();
            try {
              if (value != null) {
                HolepunchMessage message = HolepunchMessage.decode(value);
                @Nullable NodeAddress server = message.peerAddress();
                if (message.mode() == RelayMode.REPLY && server != null) {
                  ended.answered(
                      HolepunchPayload.open(secret, message.payload()),
                      server,
                      reply.response().to(),
                      atNanos);
                  return;
                }
              }
            } catch (EncodingException | CryptoException e) {
              // Not the server's bytes.
            }
            listener.badAnswer(reply.from());
            ended.failed(atNanos);
          }

          @Override
          public void failed(long atNanos) {
            ended.failed(atNanos);
          }
        },
        nowNanos);
  }

  /**
   * Serves clients that look for {@code key}: announces it, and answers their handshakes.
   *
   * @throws IllegalStateException when this node serves that key already
   */
  public Listening listen(KeyPair key, HandshakeHandler handler, long nowNanos) {
    Announcer announcer =
        new Announcer(rpc, key, relays -> listener.serverAnnounced(key.publicKey(), relays));
    Listening server = new Listening(commands, announcer, secrets, key, handler);
    if (!commands.add(server)) {
      throw new IllegalStateException("this node serves " + key.publicKey() + " already");
    }
    servers.add(server);
    server.start(nowNanos);
    return server;
  }
}
