package org.peerstead.gateway.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.peerstead.events.Base58Check;
import org.peerstead.events.Bytes;
import org.peerstead.events.DocumentId;
import org.peerstead.events.Ephemeral;
import org.peerstead.events.Event;
import org.peerstead.events.Session;
import org.peerstead.events.SyncInbound;
import org.peerstead.events.SyncOutbound;
import org.peerstead.gateway.wire.MalformedFrameException;
import org.peerstead.gateway.wire.MalformedFrameException.Reason;
import org.peerstead.gateway.wire.PeerMetadata;
import org.peerstead.gateway.wire.RemoteHeads;
import org.peerstead.gateway.wire.RepoMessage;

/**
 * All sessions of one gateway, as a state machine: messages, bus events and time in, {@link
 * Output}s out. Behaves as the server of automerge-repo-network-websocket 2.5.6 with {@code
 * announce: false, access: true} and remote heads gossip on.
 *
 * <table>
 * <caption>A session's states</caption>
 * <tr><th>from</th><th>to</th><th>when</th></tr>
 * <tr><td>(none)</td><td>awaiting join</td><td>{@link #open}</td></tr>
 * <tr><td>awaiting join</td><td>joined</td><td>join with version 1, or without versions</td></tr>
 * <tr><td>awaiting join</td><td>closed</td><td>join without version 1 (after an error message);
 *     handshake timeout</td></tr>
 * <tr><td>joined</td><td>closed</td><td>leave; a malformed frame or sync message (after an error
 *     message); a newer join of the same peer; silence; unread output; overload</td></tr>
 * <tr><td>any</td><td>closed</td><td>{@link #closed}: the socket is gone</td></tr>
 * </table>
 *
 * <p>Flow: a socket is not read while its session has too much unsent output, too many messages
 * that crdt-merge has not taken, or a rate above its limit. A peer that asks for much therefore
 * waits; a peer that stops reading is ended.
 *
 * <p>Differs from automerge-repo-network-websocket 2.5.6: a second join on the same socket is
 * answered instead of closing it; with tokens, a peer id in use by another user is refused; a
 * malformed frame is answered with an error message before the socket is closed, and bad document
 * ids with doc-unavailable.
 *
 * <p>Driver rule: one input, then {@link #poll} until it gives nothing. Not thread-safe. Times are
 * of one monotonic clock, in nanoseconds.
 */
public final class SyncHub {
  /** The protocol version spoken. */
  public static final String PROTOCOL_VERSION = "1";

  private static final int MAX_EPHEMERAL_AUTHORS = 65_536;
  private static final int MAX_BOOK_DOCUMENTS = 16_384;
  private static final int MAX_BOOK_STORAGES = 64;

  /** How many seconds' worth of messages may come at once. */
  private static final int BURST_SECONDS = 5;

  /** What a frame needs besides its data, roughly. */
  private static final int FRAME_OVERHEAD_BYTES = 256;

  private final String gatewayId;
  private final String peerId;
  private final PeerMetadata metadata;
  private final Limits limits;

  private final Map<String, PeerSession> sessions = new LinkedHashMap<>();
  private final Map<String, PeerSession> byPeerId = new LinkedHashMap<>();
  private final Map<DocumentId, Audience> audiences = new LinkedHashMap<>();
  private final Map<String, Set<PeerSession>> subscribers = new LinkedHashMap<>();
  private final EphemeralCounts ephemeralCounts = new EphemeralCounts(MAX_EPHEMERAL_AUTHORS);
  private final RemoteHeadsBook book = new RemoteHeadsBook(MAX_BOOK_DOCUMENTS, MAX_BOOK_STORAGES);
  private final ArrayDeque<Output> outputs = new ArrayDeque<>();
  private long sessionCounter;
  private long inFlightBytes;

  /** The time of the current input. */
  private long now;

  /** The sessions that use a document, and the document's name for the wire. */
  private record Audience(String documentId, Set<PeerSession> sessions) {}

  /**
   * @param gatewayId unique for ever, names this process on the bus
   * @param peerId what clients are told as this server's peer id
   * @param storageId what clients are told as this server's storage id, absent when not known
   * @param limits what sessions are granted
   */
  public SyncHub(String gatewayId, String peerId, @Nullable String storageId, Limits limits) {
    this.gatewayId = gatewayId;
    this.peerId = peerId;
    this.metadata = new PeerMetadata(storageId, false);
    this.limits = limits;
  }

  /** Number of open sessions. */
  public int sessionCount() {
    return sessions.size();
  }

  /** Number of documents some session uses. */
  public int documentCount() {
    return audiences.size();
  }

  /** Bytes handed to crdt-merge and not yet taken, over all sessions. */
  public long inFlightBytes() {
    return inFlightBytes;
  }

  /** Bytes waiting to be sent, over all sessions. */
  public long queuedBytes() {
    long sum = 0;
    for (PeerSession session : sessions.values()) {
      sum += session.queuedBytes;
    }
    return sum;
  }

  /** The peer that joined in a session, empty before it did or when the session is gone. */
  public String peerIdOf(String sessionId) {
    PeerSession session = sessions.get(sessionId);
    return session == null ? "" : session.peerIdOrEmpty();
  }

  /** The next thing to do, or nothing. */
  public @Nullable Output poll() {
    return outputs.poll();
  }

  /**
   * A socket was accepted.
   *
   * @param principal who the access rules say this is
   * @return the session's id, or empty when there are as many sessions as may be
   */
  public Optional<String> open(long nowNanos, String principal) {
    now = nowNanos;
    if (sessions.size() >= limits.maxConnections()) {
      return Optional.empty();
    }
    String id = gatewayId + "/" + ++sessionCounter;
    sessions.put(
        id,
        new PeerSession(
            id, principal, now, (double) limits.maxMessagesPerSecond() * BURST_SECONDS));
    return Optional.of(id);
  }

  /** The socket is gone. */
  public void closed(String sessionId) {
    PeerSession session = sessions.get(sessionId);
    if (session != null) {
      forget(session);
    }
  }

  /** A pong came, or a part of a message. */
  public void heard(long nowNanos, String sessionId) {
    now = nowNanos;
    PeerSession session = sessions.get(sessionId);
    if (session != null) {
      session.lastHeardNanos = now;
    }
  }

  /** A message of {@link Output.Send} left for the network. */
  public void written(long nowNanos, String sessionId, long bytes) {
    now = nowNanos;
    PeerSession session = sessions.get(sessionId);
    if (session != null) {
      session.queuedBytes -= bytes;
      session.lastProgressNanos = now;
      updateFlow(session);
    }
  }

  /** The bus took an event of {@link Output.Publish}, or dropped it. */
  public void taken(long nowNanos, String sessionId, long bytes) {
    now = nowNanos;
    boolean wasFull = inFlightBytes >= limits.maxInFlightBytes();
    inFlightBytes -= bytes;
    PeerSession session = sessions.get(sessionId);
    if (session != null) {
      session.inFlightMessages--;
      updateFlow(session);
    }
    if (wasFull && inFlightBytes < limits.maxInFlightBytes()) {
      sessions.values().forEach(other -> updateFlow(other));
    }
  }

  /** Ends every session whose principal is meant. */
  public void closeAll(Predicate<String> principal, CloseReason reason) {
    for (PeerSession session : List.copyOf(sessions.values())) {
      if (principal.test(session.principal)) {
        close(session, reason);
      }
    }
  }

  /** Time passes: pings, timeouts, sessions that may go on. Call it a few times per second. */
  public void tick(long nowNanos) {
    now = nowNanos;
    for (PeerSession session : List.copyOf(sessions.values())) {
      if (session.peer == null && now - session.openedNanos > limits.handshakeTimeout().toNanos()) {
        close(session, CloseReason.NO_JOIN);
      } else if (session.queuedBytes > 0
          && now - session.lastProgressNanos > limits.writeTimeout().toNanos()) {
        close(session, CloseReason.SLOW_READER);
      } else if (session.isPaused) {
        // Its pongs lie unread in the socket, so silence means nothing.
        session.lastHeardNanos = now;
        updateFlow(session);
      } else if (now - session.lastHeardNanos > limits.idleTimeout().toNanos()) {
        close(session, CloseReason.SILENT);
      }
      if (isOpen(session) && now - session.lastPingNanos >= limits.pingInterval().toNanos()) {
        session.lastPingNanos = now;
        outputs.add(new Output.Ping(session.id));
      }
    }
  }

  /** A frame came that could not be read. */
  public void malformed(long nowNanos, String sessionId, MalformedFrameException defect) {
    now = nowNanos;
    PeerSession session = sessions.get(sessionId);
    if (session == null) {
      return;
    }
    session.lastHeardNanos = now;
    switch (defect.reason()) {
      // A later version's message: the reference ignores it as well.
      case UNKNOWN_TYPE -> {}
      case TOO_LARGE -> fail(session, CloseReason.TOO_LARGE, defect.detail());
      case TEXT_FRAME -> fail(session, CloseReason.TEXT_FRAME, defect.detail());
      case EMPTY,
          TRUNCATED,
          TRAILING_BYTES,
          INVALID_CBOR,
          TOO_DEEP,
          INVALID_TEXT,
          NOT_A_MAP,
          DUPLICATE_FIELD,
          MISSING_FIELD,
          WRONG_FIELD_TYPE,
          FIELD_TOO_LONG,
          NUMBER_OUT_OF_RANGE,
          EMPTY_DATA ->
          fail(
              session,
              CloseReason.MALFORMED,
              "malformed message: " + tag(defect.reason()) + ": " + defect.detail());
    }
  }

  private static String tag(Reason reason) {
    return reason.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** A message came. */
  public void receive(long nowNanos, String sessionId, RepoMessage message) {
    now = nowNanos;
    PeerSession session = sessions.get(sessionId);
    if (session == null) {
      return;
    }
    session.lastHeardNanos = now;
    spend(session);
    if (message instanceof RepoMessage.Join join) {
      join(session, join);
    } else {
      Session peer = session.peer;
      if (peer == null || !peer.peerId().equals(message.senderId())) {
        // Also each client's echo of an ephemeral message, whose sender is its author.
        reject(
            session,
            message instanceof RepoMessage.Ephemeral && peer != null
                ? Rejection.EPHEMERAL_SEEN
                : Rejection.SENDER_NOT_BOUND);
      } else {
        receiveFromPeer(session, message);
      }
    }
    updateFlow(session);
  }

  private void receiveFromPeer(PeerSession session, RepoMessage message) {
    switch (message) {
      case RepoMessage.Sync m -> sync(session, m, SyncInbound.Kind.SYNC, m.data());
      case RepoMessage.Request m -> sync(session, m, SyncInbound.Kind.REQUEST, m.data());
      case RepoMessage.DocUnavailable m ->
          sync(session, m, SyncInbound.Kind.UNAVAILABLE, Bytes.EMPTY);
      case RepoMessage.Ephemeral m -> ephemeral(session, m);
      case RepoMessage.RemoteSubscriptionChange m -> subscribe(session, m);
      case RepoMessage.RemoteHeadsChanged m -> remoteHeads(session, m);
      case RepoMessage.Leave unused -> close(session, CloseReason.LEFT);
      case RepoMessage.Peer unused -> reject(session, Rejection.UNEXPECTED_TYPE);
      case RepoMessage.Error unused -> reject(session, Rejection.UNEXPECTED_TYPE);
      case RepoMessage.Join unused -> throw new IllegalStateException("join is handled before");
    }
  }

  private void join(PeerSession session, RepoMessage.Join join) {
    String newcomer = join.senderId();
    List<String> versions = join.supportedProtocolVersions();
    if (versions != null && !versions.contains(PROTOCOL_VERSION)) {
      reject(session, Rejection.UNSUPPORTED_VERSION);
      send(
          session,
          new RepoMessage.Error(peerId, CloseReason.UNSUPPORTED_VERSION.text(), newcomer),
          0);
      close(session, CloseReason.UNSUPPORTED_VERSION);
      return;
    }
    if (newcomer.isEmpty()
        || newcomer.equals(peerId)
        || (session.peer != null && !session.peer.peerId().equals(newcomer))) {
      fail(session, CloseReason.PROTOCOL_ERROR, "this socket cannot join as that peer");
      return;
    }
    PeerSession older = byPeerId.get(newcomer);
    if (older != null && older != session) {
      if (!older.principal.equals(session.principal)) {
        reject(session, Rejection.PEER_ID_TAKEN);
        fail(session, CloseReason.PEER_ID_TAKEN, CloseReason.PEER_ID_TAKEN.text());
        return;
      }
      close(older, CloseReason.REPLACED);
    }
    if (session.peer == null) {
      session.peer =
          new Session(
              gatewayId,
              session.id,
              newcomer,
              join.metadata().storageId(),
              join.metadata().isEphemeral(),
              session.principal);
      byPeerId.put(newcomer, session);
    }
    send(session, new RepoMessage.Peer(peerId, metadata, PROTOCOL_VERSION, newcomer), 0);
  }

  private void sync(
      PeerSession session, RepoMessage.AboutDocument message, SyncInbound.Kind kind, Bytes data) {
    DocumentId document = DocumentId.parse(message.documentId()).orElse(null);
    if (document == null) {
      reject(session, Rejection.INVALID_DOCUMENT_ID, message.documentId());
      sendUnavailable(session, message.documentId());
      return;
    }
    if (!session.documents.contains(document)) {
      if (kind == SyncInbound.Kind.UNAVAILABLE) {
        // It answers a question this session was never asked.
        return;
      }
      if (session.documents.size() >= limits.maxDocumentsPerConnection()) {
        reject(session, Rejection.TOO_MANY_DOCUMENTS, message.documentId());
        sendUnavailable(session, message.documentId());
        return;
      }
      admit(session, document);
    }
    if (isOpen(session)) {
      publishSync(session, document, kind, data);
    }
  }

  /** False once an output of the same input ended the session. */
  private boolean isOpen(PeerSession session) {
    return sessions.get(session.id) == session;
  }

  private void admit(PeerSession session, DocumentId document) {
    session.documents.add(document);
    Audience audience =
        audiences.computeIfAbsent(
            document, unused -> new Audience(document.toString(), new LinkedHashSet<>()));
    audience.sessions().add(session);
    book.of(document)
        .forEach((storageId, heads) -> {
          if (session.subscriptions.contains(storageId)) {
            sendHeads(session, audience.documentId(), storageId, heads);
          }
        });
  }

  private void publishSync(
      PeerSession session, DocumentId document, SyncInbound.Kind kind, Bytes data) {
    Session peer = session.peer;
    if (peer == null) {
      throw new IllegalStateException("a session without peer uses documents");
    }
    publish(
        session,
        new SyncInbound(peer, ++session.inboundCounter, document, kind, data),
        FRAME_OVERHEAD_BYTES + data.size());
  }

  private void publish(PeerSession session, Event event, long bytes) {
    session.inFlightMessages++;
    inFlightBytes += bytes;
    outputs.add(new Output.Publish(session.id, event, bytes));
  }

  private void ephemeral(PeerSession session, RepoMessage.Ephemeral message) {
    if (!ephemeralCounts.accept(message.senderId(), message.sessionId(), message.count())) {
      reject(session, Rejection.EPHEMERAL_SEEN);
      return;
    }
    DocumentId document = DocumentId.parse(message.documentId()).orElse(null);
    if (document == null) {
      reject(session, Rejection.INVALID_DOCUMENT_ID, message.documentId());
      return;
    }
    var event =
        new Ephemeral(
            gatewayId,
            session.id,
            message.senderId(),
            message.sessionId(),
            message.count(),
            document,
            message.data());
    forward(event);
    publish(session, event, FRAME_OVERHEAD_BYTES + message.data().size());
  }

  /** An ephemeral message came over the bus; this gateway's own are ignored. */
  public void deliver(long nowNanos, Ephemeral event) {
    now = nowNanos;
    if (!event.gatewayId().equals(gatewayId)
        && ephemeralCounts.accept(event.senderId(), event.senderSessionId(), event.count())) {
      forward(event);
    }
  }

  private void forward(Ephemeral event) {
    Audience audience = audiences.get(event.document());
    if (audience == null) {
      return;
    }
    for (PeerSession session : List.copyOf(audience.sessions())) {
      String target = session.peerIdOrEmpty();
      if (!target.equals(event.senderId())) {
        send(
            session,
            new RepoMessage.Ephemeral(
                event.senderId(),
                target,
                audience.documentId(),
                event.data(),
                event.count(),
                event.senderSessionId()),
            event.data().size());
        updateFlow(session);
      }
    }
  }

  private void subscribe(PeerSession session, RepoMessage.RemoteSubscriptionChange message) {
    for (String storageId : message.remove()) {
      unsubscribe(session, storageId);
    }
    List<String> added = new ArrayList<>();
    for (String storageId : message.add()) {
      if (session.subscriptions.size() >= limits.maxSubscriptionsPerConnection()) {
        reject(session, Rejection.TOO_MANY_SUBSCRIPTIONS);
        break;
      }
      if (session.subscriptions.add(storageId)) {
        subscribers.computeIfAbsent(storageId, unused -> new LinkedHashSet<>()).add(session);
        added.add(storageId);
      }
    }
    if (added.isEmpty()) {
      return;
    }
    for (DocumentId document : List.copyOf(session.documents)) {
      Map<String, RemoteHeads> known = book.of(document);
      for (String storageId : added) {
        RemoteHeads heads = known.isEmpty() ? null : known.get(storageId);
        Audience audience = audiences.get(document);
        if (heads != null && audience != null) {
          sendHeads(session, audience.documentId(), storageId, heads);
        }
      }
    }
    updateFlow(session);
  }

  private void unsubscribe(PeerSession session, String storageId) {
    session.subscriptions.remove(storageId);
    Set<PeerSession> others = subscribers.get(storageId);
    if (others != null && others.remove(session) && others.isEmpty()) {
      subscribers.remove(storageId);
    }
  }

  private void remoteHeads(PeerSession session, RepoMessage.RemoteHeadsChanged message) {
    DocumentId document = DocumentId.parse(message.documentId()).orElse(null);
    if (document == null) {
      reject(session, Rejection.INVALID_DOCUMENT_ID, message.documentId());
      return;
    }
    message
        .newHeads()
        .forEach((storageId, heads) -> {
          // Nobody asked for the others, so they are not worth memory.
          if (subscribers.containsKey(storageId)) {
            spread(document, storageId, heads, session);
          }
        });
  }

  private void spread(
      DocumentId document, String storageId, RemoteHeads heads, @Nullable PeerSession except) {
    if (!book.update(document, storageId, heads)) {
      return;
    }
    Audience audience = audiences.get(document);
    Set<PeerSession> interested = subscribers.get(storageId);
    if (audience == null || interested == null) {
      return;
    }
    for (PeerSession session : List.copyOf(interested)) {
      if (session != except && audience.sessions().contains(session)) {
        sendHeads(session, audience.documentId(), storageId, heads);
        updateFlow(session);
      }
    }
  }

  private void sendHeads(
      PeerSession session, String documentId, String storageId, RemoteHeads heads) {
    send(
        session,
        new RepoMessage.RemoteHeadsChanged(
            peerId, session.peerIdOrEmpty(), documentId, Map.of(storageId, heads)),
        64L * heads.heads().size());
  }

  /** crdt-merge has something for a session. */
  public void deliver(long nowNanos, SyncOutbound event) {
    now = nowNanos;
    if (event.body() instanceof SyncOutbound.RemoteHeads heads) {
      List<String> spelled =
          heads.heads().stream().map(hash -> Base58Check.encode(hash.toArray())).toList();
      spread(
          event.document(),
          heads.storageId(),
          new RemoteHeads(spelled, heads.timestampMillis()),
          null);
      return;
    }
    PeerSession session = sessions.get(event.sessionId());
    Audience audience = audiences.get(event.document());
    if (session == null || audience == null || !session.documents.contains(event.document())) {
      return;
    }
    String target = session.peerIdOrEmpty();
    String documentId = audience.documentId();
    switch (event.body()) {
      case SyncOutbound.Message body ->
          send(
              session,
              body.isRequest()
                  ? new RepoMessage.Request(peerId, target, documentId, body.data())
                  : new RepoMessage.Sync(peerId, target, documentId, body.data()),
              body.data().size());
      case SyncOutbound.Unavailable() -> sendUnavailable(session, documentId);
      case SyncOutbound.Refused body -> refused(session, documentId, body);
      case SyncOutbound.RemoteHeads unused ->
          throw new IllegalStateException("remote heads are handled before");
    }
    updateFlow(session);
  }

  /**
   * The protocol has no word for "not taken". A peer whose bytes are bad, or whose session would be
   * out of step, is disconnected; one whose document met a limit keeps its session, is told in an
   * error message, which 2.5.6 logs, and may go on reading.
   */
  private void refused(PeerSession session, String documentId, SyncOutbound.Refused body) {
    reject(session, Rejection.REFUSED, documentId);
    String text = "document " + documentId + ": " + body.detail();
    switch (body.refusal()) {
      case MALFORMED -> fail(session, CloseReason.MALFORMED, text);
      case MESSAGE_TOO_LARGE -> fail(session, CloseReason.TOO_LARGE, text);
      case OVERLOADED -> fail(session, CloseReason.OVERLOADED, text);
      case TOO_MANY_DOCUMENTS, DAMAGED -> {
        sendError(session, text);
        sendUnavailable(session, documentId);
      }
      case DOCUMENT_TOO_LARGE, STORE_FULL, TOO_MANY_ORPHANS -> sendError(session, text);
    }
  }

  private void sendUnavailable(PeerSession session, String documentId) {
    send(session, new RepoMessage.DocUnavailable(peerId, session.peerIdOrEmpty(), documentId), 0);
  }

  private void sendError(PeerSession session, String text) {
    send(session, new RepoMessage.Error(peerId, text, session.peerIdOrEmpty()), text.length());
  }

  private void fail(PeerSession session, CloseReason reason, String text) {
    sendError(session, text);
    close(session, reason);
  }

  private void send(PeerSession session, RepoMessage message, long dataBytes) {
    if (!isOpen(session)) {
      return;
    }
    long bytes = FRAME_OVERHEAD_BYTES + dataBytes;
    if (session.queuedBytes > 0 && session.queuedBytes + bytes > limits.maxQueuedBytes()) {
      close(session, CloseReason.SLOW_READER);
      return;
    }
    if (session.queuedBytes == 0) {
      session.lastProgressNanos = now;
    }
    session.queuedBytes += bytes;
    outputs.add(new Output.Send(session.id, message, bytes));
  }

  private void reject(PeerSession session, Rejection rejection) {
    reject(session, rejection, "");
  }

  private void reject(PeerSession session, Rejection rejection, String document) {
    outputs.add(new Output.Rejected(session.id, rejection, session.peerIdOrEmpty(), document));
  }

  private void close(PeerSession session, CloseReason reason) {
    if (isOpen(session)) {
      forget(session);
      outputs.add(new Output.Close(session.id, reason));
    }
  }

  private void forget(PeerSession session) {
    sessions.remove(session.id);
    byPeerId.remove(session.peerIdOrEmpty(), session);
    for (String storageId : List.copyOf(session.subscriptions)) {
      unsubscribe(session, storageId);
    }
    for (DocumentId document : session.documents) {
      Audience audience = audiences.get(document);
      if (audience != null
          && audience.sessions().remove(session)
          && audience.sessions().isEmpty()) {
        audiences.remove(document);
      }
      publishSync(session, document, SyncInbound.Kind.CLOSED, Bytes.EMPTY);
    }
    session.documents.clear();
  }

  private void spend(PeerSession session) {
    refill(session);
    boolean hadAllowance = session.allowance >= 1;
    session.allowance -= 1;
    if (hadAllowance && session.allowance < 1) {
      reject(session, Rejection.THROTTLED);
    }
  }

  private void refill(PeerSession session) {
    double rate = limits.maxMessagesPerSecond();
    double earned = (now - session.allowanceNanos) / 1e9 * rate;
    session.allowance = Math.min(session.allowance + earned, rate * BURST_SECONDS);
    session.allowanceNanos = now;
  }

  private void updateFlow(PeerSession session) {
    if (!isOpen(session)) {
      return;
    }
    if (session.isPaused) {
      refill(session);
    }
    // Once paused, the queue has to fall to a half before reading goes on, so it does not flutter.
    long queueMark = session.isPaused ? limits.pauseQueuedBytes() / 2 : limits.pauseQueuedBytes();
    boolean mustPause =
        session.queuedBytes > queueMark
            || session.inFlightMessages >= limits.maxInFlightMessages()
            || inFlightBytes >= limits.maxInFlightBytes()
            || session.allowance < 1;
    if (mustPause != session.isPaused) {
      session.isPaused = mustPause;
      session.lastHeardNanos = now;
      outputs.add(mustPause ? new Output.Pause(session.id) : new Output.Resume(session.id));
    }
  }
}
