package org.peerstead.discovery.hyperdht.core;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.wire.Firewall;
import org.peerstead.discovery.hyperdht.wire.HandshakeMessage;
import org.peerstead.discovery.hyperdht.wire.HolepunchMessage;
import org.peerstead.discovery.hyperdht.wire.HolepunchPayload;
import org.peerstead.discovery.hyperdht.wire.HyperdhtError;
import org.peerstead.discovery.hyperdht.wire.Namespace;
import org.peerstead.discovery.hyperdht.wire.NoisePayload;
import org.peerstead.discovery.hyperdht.wire.NoisePayload.HolepunchInfo;
import org.peerstead.discovery.hyperdht.wire.PeerRecord;
import org.peerstead.discovery.hyperdht.wire.RelayMode;
import org.peerstead.discovery.rpc.core.DropReason;
import org.peerstead.discovery.rpc.core.Exchange;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.CryptoException;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.crypto.SecretBox;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseException;
import org.peerstead.securestream.noise.NoiseHandshake;
import org.peerstead.securestream.noise.NoiseSession;

/**
 * A server of this node: announces itself, and answers the handshakes and hole punch messages that
 * reach it. It ends with the answers: no stream is opened here.
 *
 * <p>A client sends the same first message through several relays and repeats it; every copy gets
 * the same answer, found by the message's hash for {@link #SESSION_NANOS}. At most {@link
 * #MAX_SESSIONS} are kept; further clients get no answer until one is old.
 *
 * <p>Not thread-safe; owner thread only.
 */
public final class Listening {
  /** How long a handshake is remembered, 10 s. */
  static final long SESSION_NANOS = 10_000_000_000L;

  /** Handshakes remembered at a time. */
  static final int MAX_SESSIONS = 1_024;

  private static final int SECRET_BYTES = 32;

  private final CommandServer commands;
  private final Entropy secrets;
  private final KeyPair key;
  private final Fixed32 target;
  private final Slice record;
  private final HandshakeHandler handler;
  private final Announcer announcer;
  private final Map<Fixed32, Session> sessions = new LinkedHashMap<>();
  private final Map<Long, Session> sessionsById = new LinkedHashMap<>();
  private boolean closed;

  /** A handshake and its answer; without one the client is ignored. */
  private static final class Session {
    private final long id;
    private final long endsNanos;
    private @Nullable Slice answer;
    private @Nullable NoiseSession noise;
    private @Nullable Fixed32 secret;
    private @Nullable Slice tokenSecret;
    private long round;

    Session(long id, long endsNanos) {
      this.id = id;
      this.endsNanos = endsNanos;
    }
  }

  Listening(
      CommandServer commands,
      Announcer announcer,
      Entropy secrets,
      KeyPair key,
      HandshakeHandler handler) {
    this.commands = commands;
    this.announcer = announcer;
    this.secrets = secrets;
    this.key = key;
    this.handler = handler;
    this.target = Blake2b.hash(key.publicKey().toSlice());
    this.record = new PeerRecord(key.publicKey(), List.of()).encode();
  }

  /** The key that clients connect to. */
  public Fixed32 publicKey() {
    return key.publicKey();
  }

  /** The hash of the key, under which the server is announced. */
  public Fixed32 target() {
    return target;
  }

  /** Whether other nodes know the server at the moment. */
  public boolean isAnnounced() {
    return !announcer.relays().isEmpty();
  }

  /** What topics are announced with: the own address if it is reachable, then relays; at most 3. */
  public List<NodeAddress> relayAddresses() {
    return announcer.relayAddresses();
  }

  /** Announces the server again soon: the network changed. */
  public void refresh(long nowNanos) {
    announcer.refresh(nowNanos);
  }

  /** Answers nobody any more, and takes the announcements back. */
  public void close(long nowNanos) {
    if (!closed) {
      closed = true;
      commands.remove(this);
      announcer.close(nowNanos);
      sessions.clear();
      sessionsById.clear();
    }
  }

  boolean isClosed() {
    return closed;
  }

  /** What FIND_PEER is answered with. */
  Slice record() {
    return record;
  }

  void start(long nowNanos) {
    announcer.start(nowNanos);
  }

  void advance(long nowNanos) {
    announcer.advance(nowNanos);
  }

  /** {@link Long#MAX_VALUE} for never. */
  long nextDeadlineNanos() {
    return announcer.nextDeadlineNanos();
  }

  /** The node goes away without a word. */
  void abandon() {
    closed = true;
    announcer.abandon();
  }

  // ---------------------------------------------------------------------------------- handshakes

  void onHandshake(Exchange exchange, HandshakeMessage message, long nowNanos) {
    @Nullable NodeAddress peer = message.peerAddress();
    @Nullable NodeAddress first = message.relayAddress();
    switch (message.mode()) {
      case FROM_CLIENT -> {
        @Nullable Slice answer = answer(message.noise(), exchange.from(), true, nowNanos);
        if (answer == null) {
          exchange.drop(DropReason.REJECTED);
        } else {
          exchange.replyBare(new HandshakeMessage(RelayMode.REPLY, answer, null, null).encode());
        }
      }
      case FROM_RELAY -> answerThrough(exchange, exchange.from(), message.noise(), peer, nowNanos);
      case FROM_SECOND_RELAY -> answerThrough(exchange, first, message.noise(), peer, nowNanos);
      case FROM_SERVER, REPLY -> exchange.drop(DropReason.BAD_VALUE);
    }
  }

  private void answerThrough(
      Exchange exchange,
      @Nullable NodeAddress relay,
      Slice noise,
      @Nullable NodeAddress client,
      long nowNanos) {
    if (relay == null || relay.port() == 0 || client == null) {
      exchange.drop(DropReason.INCOMPLETE_REQUEST);
      return;
    }
    @Nullable Slice answer = answer(noise, client, false, nowNanos);
    if (answer == null) {
      exchange.drop(DropReason.REJECTED);
    } else {
      exchange.forward(
          relay, new HandshakeMessage(RelayMode.FROM_SERVER, answer, client, null).encode());
    }
  }

  /** The second message of the handshake that {@code noise} begins; null to stay silent. */
  private @Nullable Slice answer(Slice noise, NodeAddress client, boolean isDirect, long nowNanos) {
    forgetOldSessions(nowNanos);
    Fixed32 hash = Blake2b.hash(noise);
    @Nullable Session known = sessions.get(hash);
    if (known != null) {
      return known.answer;
    }
    if (sessions.size() >= MAX_SESSIONS) {
      return null;
    }
    Session session = new Session(freeId(), nowNanos + SESSION_NANOS);
    sessions.put(hash, session);
    sessionsById.put(session.id, session);
    NoiseHandshake handshake =
        NoiseHandshake.ikResponder(
            key, KeyPair.generate(secrets), Namespace.PEER_HANDSHAKE.toSlice());
    try {
      NoisePayload theirs = NoisePayload.decode(Slice.of(handshake.read(noise)));
      @Nullable NoisePayload ours = payload(handshake, session, theirs, client, nowNanos);
      if (ours == null) {
        return null;
      }
      session.answer = Slice.of(handshake.write(ours.encode()));
      if (ours.error() == HyperdhtError.NONE) {
        NoiseSession noiseSession = handshake.session();
        session.noise = noiseSession;
        session.secret = HolepunchPayload.secret(noiseSession.handshakeHash());
        session.tokenSecret = Slice.of(secrets.next(SECRET_BYTES));
        handler.accepted(noiseSession, theirs, client, isDirect, nowNanos);
      }
      return session.answer;
    } catch (NoiseException | EncodingException e) {
      return null;
    } finally {
      handshake.close();
    }
  }

  private @Nullable NoisePayload payload(
      NoiseHandshake handshake,
      Session session,
      NoisePayload theirs,
      NodeAddress client,
      long nowNanos) {
    if (theirs.version() != NoisePayload.VERSION) {
      return NoisePayload.failed(HyperdhtError.VERSION_MISMATCH);
    }
    if (theirs.udx() == null) {
      return NoisePayload.failed(HyperdhtError.ABORTED);
    }
    @Nullable NoisePayload ours =
        handler.accept(handshake.remotePublicKey(), theirs, client, nowNanos);
    if (ours == null) {
      return null;
    }
    return ours.withRelays(
        ours.firewall() == Firewall.OPEN ? null : new HolepunchInfo(session.id, announcer.relays()),
        announcer.relayAddresses());
  }

  private long freeId() {
    long id = 0;
    while (sessionsById.containsKey(id)) {
      id++;
    }
    return id;
  }

  private void forgetOldSessions(long nowNanos) {
    Iterator<Session> oldest = sessions.values().iterator();
    while (oldest.hasNext()) {
      Session session = oldest.next();
      if (session.endsNanos - nowNanos > 0) {
        return;
      }
      oldest.remove();
      sessionsById.remove(session.id);
    }
  }

  // ---------------------------------------------------------------------------------- hole punch

  void onHolepunch(Exchange exchange, HolepunchMessage message, NodeAddress client, long nowNanos) {
    forgetOldSessions(nowNanos);
    @Nullable Session session = sessionsById.get(message.id());
    @Nullable Slice answer =
        session == null
            ? null
            : holepunchAnswer(session, message.payload(), exchange.from(), client, nowNanos);
    if (answer == null) {
      exchange.drop(DropReason.REJECTED);
    } else {
      exchange.forward(
          exchange.from(), new HolepunchMessage(RelayMode.FROM_SERVER, 0, answer, client).encode());
    }
  }

  private @Nullable Slice holepunchAnswer(
      Session session, Slice sealed, NodeAddress relay, NodeAddress client, long nowNanos) {
    @Nullable NoiseSession noise = session.noise;
    @Nullable Fixed32 secret = session.secret;
    @Nullable Slice tokenSecret = session.tokenSecret;
    if (noise == null || secret == null || tokenSecret == null) {
      return null;
    }
    HolepunchPayload theirs;
    try {
      theirs = HolepunchPayload.open(secret, sealed);
    } catch (CryptoException | EncodingException e) {
      return null;
    }
    session.round = Math.max(session.round, theirs.round());
    HolepunchPayload ours;
    if (theirs.error() != HyperdhtError.NONE) {
      ours = HolepunchPayload.failed(HyperdhtError.ABORTED, session.round);
    } else {
      // Only through a relay of our own choice does the token prove anything: the client's relay
      // may be the client.
      boolean isOwnRelay = announcer.isRelay(relay);
      Fixed32 token = HolepunchPayload.token(tokenSecret, client);
      @Nullable Fixed32 repeated = theirs.remoteToken();
      boolean isProven = isOwnRelay && repeated != null && token.equals(repeated);
      HolepunchPayload answer = handler.holepunch(noise, theirs, client, isProven, nowNanos);
      ours =
          answer.error() == HyperdhtError.NONE
              ? new HolepunchPayload(
                  answer.isConnected(),
                  answer.isPunching(),
                  answer.error(),
                  answer.firewall(),
                  session.round,
                  answer.addresses(),
                  answer.remoteAddress(),
                  isOwnRelay ? token : null,
                  theirs.token())
              : HolepunchPayload.failed(answer.error(), session.round);
    }
    return ours.seal(secret, secrets.next(SecretBox.NONCE_BYTES));
  }
}
