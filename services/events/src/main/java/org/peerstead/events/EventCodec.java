package org.peerstead.events;

import java.util.function.ToIntFunction;
import org.peerstead.events.MalformedEventException.Reason;

/**
 * Events to CBOR and back. One CBOR map per event with small unsigned integers as field names:
 *
 * <table>
 * <caption>Layout, version 1. Fields 0 and 1 are common; others per type</caption>
 * <tr><th>field</th><th>type</th><th>meaning</th></tr>
 * <tr><td>0</td><td>unsigned</td><td>version, 1</td></tr>
 * <tr><td>1</td><td>unsigned</td><td>event type: 1 SyncInbound, 2 SyncOutbound, 3 DocumentChanged,
 * 4 Ephemeral, 5 DocumentCommand, 6 DocumentCommandResult, 7 CoreAppended, 8 CoreTruncated, 9
 * FollowCommand, 10 FollowStatus, 11 AppendCommand, 12 PeerSeen, 13 DhtActivity, 14 RelaySession</td></tr>
 * <tr><td>2</td><td>byte string</td><td>document id, from type 7 on a key of 32 bytes; type 14: a text,
 * the session</td></tr>
 * <tr><td>3 ...</td><td></td><td>see {@code docs/protocols/events.md}</td></tr>
 * </table>
 *
 * <p>A reader ignores fields it does not know; a writer may add fields without a new version. Field
 * names are never reused. Hash lists are one byte string of 32-byte hashes. Stateless and
 * thread-safe.
 */
public final class EventCodec {
  /** Largest encoded event accepted, in bytes: sync messages travel inline. */
  public static final int MAX_EVENT_BYTES = 512 * 1024 * 1024;

  private static final int MAX_HEADS = 1 << 16;
  private static final int MAX_SENDER_LENGTH = Session.MAX_TEXT_LENGTH;

  private EventCodec() {}

  /** Encodes any event. */
  public static byte[] encode(Event event) {
    return switch (event) {
      case SyncInbound e -> {
        Session session = e.session();
        yield common(1, e.document())
            .put(3, session.gatewayId())
            .put(4, session.sessionId())
            .put(5, session.peerId())
            .put(6, session.storageId())
            .put(7, session.isEphemeral())
            .put(8, session.principal())
            .put(9, e.counter())
            .put(10, e.kind().code())
            .put(11, e.data())
            .encode();
      }
      case SyncOutbound e -> {
        Fields fields =
            common(2, e.document()).put(3, e.gatewayId()).put(4, e.sessionId()).put(5, e.counter());
        switch (e.body()) {
          case SyncOutbound.Message body ->
              fields.put(6, body.isRequest() ? 1 : 0).put(7, body.data());
          case SyncOutbound.Unavailable() -> fields.put(6, 2);
          case SyncOutbound.Refused body ->
              fields.put(6, 3).put(8, body.refusal().code()).put(9, body.detail());
          case SyncOutbound.RemoteHeads body ->
              fields
                  .put(6, 4)
                  .put(10, body.storageId())
                  .putHashes(11, body.heads())
                  .put(12, body.timestampMillis());
        }
        yield fields.encode();
      }
      case DocumentChanged e ->
          common(3, e.document())
              .putHashes(3, e.heads())
              .putHashes(4, e.hashes())
              .put(5, e.changes())
              .put(6, e.originSessionId())
              .put(7, e.sequence())
              .encode();
      case Ephemeral e ->
          common(4, e.document())
              .put(3, e.gatewayId())
              .put(4, e.originSessionId())
              .put(5, e.senderId())
              .put(6, e.senderSessionId())
              .put(7, e.count())
              .put(8, e.data())
              .encode();
      case DocumentCommand e -> {
        Fields fields =
            common(5, e.document())
                .put(3, e.gatewayId())
                .put(4, e.requestId())
                .put(5, e.principal());
        switch (e.action()) {
          case DocumentCommand.ImportAutomerge action -> fields.put(6, 0).put(7, action.data());
          case DocumentCommand.CreateFromJson action -> fields.put(6, 1).put(7, action.json());
          case DocumentCommand.Delete() -> fields.put(6, 2);
        }
        yield fields.encode();
      }
      case DocumentCommandResult e ->
          common(6, e.document())
              .put(3, e.gatewayId())
              .put(4, e.requestId())
              .put(5, e.outcome().code())
              .putHashes(6, e.heads())
              .put(7, e.detail())
              .encode();
      case CoreAppended e ->
          common(7, e.core())
              .put(3, e.fork())
              .put(4, e.from())
              .put(5, e.to())
              .put(6, e.blocks())
              .encode();
      case CoreTruncated e -> common(8, e.core()).put(3, e.fork()).put(4, e.length()).encode();
      case FollowCommand e ->
          common(9, e.core())
              .put(3, e.action().code())
              .put(4, e.owner())
              .put(5, e.priority())
              .put(6, e.maxBytes())
              .encode();
      case FollowStatus e ->
          common(10, e.core())
              .put(3, e.state().code())
              .put(4, e.peers())
              .put(5, e.length())
              .put(6, e.missingBlocks())
              .put(7, e.storedBytes())
              .put(8, e.lastGrowthMillis())
              .put(9, e.detail())
              .encode();
      case AppendCommand e ->
          common(11, e.core()).put(3, e.requestId()).put(4, e.blocks()).encode();
      case PeerSeen e ->
          common(12, e.peer())
              .put(3, e.address())
              .put(4, e.isConnected())
              .put(5, e.atMillis())
              .put(6, e.detail())
              .encode();
      case DhtActivity e ->
          common(13, e.node())
              .put(3, e.state().code())
              .put(4, e.address())
              .put(5, e.tableNodes())
              .put(6, e.records())
              .put(7, e.requests())
              .put(8, e.atMillis())
              .put(9, e.detail())
              .encode();
      case RelaySession e ->
          new Fields()
              .put(0, Event.VERSION)
              .put(1, 14)
              .put(2, e.session())
              .put(3, e.relay())
              .put(4, e.phase().code())
              .put(5, e.user())
              .put(6, e.transport().code())
              .put(7, e.openedMillis())
              .put(8, e.atMillis())
              .put(9, e.bytesUp())
              .put(10, e.bytesDown())
              .put(11, e.reason().code())
              .encode();
    };
  }

  private static Fields common(int type, DocumentId document) {
    return new Fields().put(0, Event.VERSION).put(1, type).put(2, document.toArray());
  }

  private static Fields common(int type, CoreKey key) {
    return new Fields().put(0, Event.VERSION).put(1, type).put(2, key.toArray());
  }

  /**
   * Decodes an event of a known type.
   *
   * @throws MalformedEventException also when the bytes hold an event of another type
   */
  public static <E extends Event> E decode(byte[] bytes, Class<E> type)
      throws MalformedEventException {
    Event event = decode(bytes);
    if (!type.isInstance(event)) {
      throw new MalformedEventException(
          Reason.INVALID_FIELD,
          event.getClass().getSimpleName() + " where " + type.getSimpleName() + " is expected");
    }
    return type.cast(event);
  }

  /** Decodes an event of any type. The array becomes no part of the event. */
  public static Event decode(byte[] bytes) throws MalformedEventException {
    if (bytes.length > MAX_EVENT_BYTES) {
      throw new MalformedEventException(
          Reason.TOO_LARGE, bytes.length + " bytes, at most " + MAX_EVENT_BYTES);
    }
    Fields fields = Fields.decode(bytes, DocumentChanged.MAX_HASHES);
    long version = fields.number(0);
    if (version != Event.VERSION) {
      throw new MalformedEventException(Reason.UNSUPPORTED_VERSION, "Version " + version);
    }
    long type = fields.number(1);
    return switch ((int) Math.min(type, 15)) {
      case 1 -> syncInbound(fields);
      case 2 -> syncOutbound(fields);
      case 3 -> documentChanged(fields);
      case 4 -> ephemeral(fields);
      case 5 -> documentCommand(fields);
      case 6 -> documentCommandResult(fields);
      case 7 -> coreAppended(fields);
      case 8 -> new CoreTruncated(fields.coreKey(2), fields.number(3), fields.number(4));
      case 9 -> followCommand(fields);
      case 10 -> followStatus(fields);
      case 11 -> appendCommand(fields);
      case 12 -> peerSeen(fields);
      case 13 -> dhtActivity(fields);
      case 14 -> relaySession(fields);
      default -> throw new MalformedEventException(Reason.INVALID_FIELD, "Event type " + type);
    };
  }

  private static SyncInbound syncInbound(Fields fields) throws MalformedEventException {
    var session =
        new Session(
            fields.text(3, Session.MAX_TEXT_LENGTH),
            fields.text(4, Session.MAX_TEXT_LENGTH),
            fields.text(5, Session.MAX_TEXT_LENGTH),
            fields.optionalText(6, Session.MAX_TEXT_LENGTH),
            fields.flag(7),
            fields.text(8, Session.MAX_TEXT_LENGTH));
    return new SyncInbound(
        session,
        fields.number(9),
        fields.document(2),
        constant(fields, 10, SyncInbound.Kind.values(), SyncInbound.Kind::code),
        fields.bytes(11));
  }

  private static SyncOutbound syncOutbound(Fields fields) throws MalformedEventException {
    long kind = fields.number(6);
    SyncOutbound.Body body =
        switch ((int) Math.min(kind, 5)) {
          case 0 -> new SyncOutbound.Message(false, fields.bytes(7));
          case 1 -> new SyncOutbound.Message(true, fields.bytes(7));
          case 2 -> new SyncOutbound.Unavailable();
          case 3 ->
              new SyncOutbound.Refused(
                  constant(fields, 8, SyncOutbound.Refusal.values(), SyncOutbound.Refusal::code),
                  fields.text(9, SyncOutbound.Refused.MAX_DETAIL_LENGTH));
          case 4 ->
              new SyncOutbound.RemoteHeads(
                  fields.text(10, Session.MAX_TEXT_LENGTH),
                  fields.hashes(11, MAX_HEADS),
                  fields.number(12));
          default -> throw fields.invalid(6, "a known kind");
        };
    return new SyncOutbound(
        fields.text(3, Session.MAX_TEXT_LENGTH),
        fields.text(4, Session.MAX_TEXT_LENGTH),
        fields.number(5),
        fields.document(2),
        body);
  }

  private static DocumentChanged documentChanged(Fields fields) throws MalformedEventException {
    var hashes = fields.hashes(4, DocumentChanged.MAX_HASHES);
    var changes = fields.list(5);
    if (!changes.isEmpty() && changes.size() != hashes.size()) {
      throw fields.invalid(5, "empty or one change per hash");
    }
    return new DocumentChanged(
        fields.document(2),
        fields.hashes(3, MAX_HEADS),
        hashes,
        changes,
        fields.optionalText(6, Session.MAX_TEXT_LENGTH),
        fields.number(7));
  }

  private static Ephemeral ephemeral(Fields fields) throws MalformedEventException {
    return new Ephemeral(
        fields.text(3, Session.MAX_TEXT_LENGTH),
        fields.text(4, Session.MAX_TEXT_LENGTH),
        fields.text(5, MAX_SENDER_LENGTH),
        fields.text(6, MAX_SENDER_LENGTH),
        fields.number(7),
        fields.document(2),
        fields.bytes(8));
  }

  private static DocumentCommand documentCommand(Fields fields) throws MalformedEventException {
    long kind = fields.number(6);
    DocumentCommand.Action action =
        switch ((int) Math.min(kind, 3)) {
          case 0 -> new DocumentCommand.ImportAutomerge(fields.bytes(7));
          case 1 -> new DocumentCommand.CreateFromJson(fields.bytes(7));
          case 2 -> new DocumentCommand.Delete();
          default -> throw fields.invalid(6, "a known action");
        };
    return new DocumentCommand(
        fields.text(3, Session.MAX_TEXT_LENGTH),
        fields.text(4, Session.MAX_TEXT_LENGTH),
        fields.text(5, Session.MAX_TEXT_LENGTH),
        fields.document(2),
        action);
  }

  private static DocumentCommandResult documentCommandResult(Fields fields)
      throws MalformedEventException {
    return new DocumentCommandResult(
        fields.text(3, Session.MAX_TEXT_LENGTH),
        fields.text(4, Session.MAX_TEXT_LENGTH),
        fields.document(2),
        constant(
            fields, 5, DocumentCommandResult.Outcome.values(), DocumentCommandResult.Outcome::code),
        fields.hashes(6, MAX_HEADS),
        fields.text(7, DocumentCommandResult.MAX_DETAIL_LENGTH));
  }

  private static CoreAppended coreAppended(Fields fields) throws MalformedEventException {
    long from = fields.number(4);
    long to = fields.number(5);
    var blocks = fields.list(6);
    if (to <= from) {
      throw fields.invalid(5, "behind field 4");
    }
    if (!blocks.isEmpty() && blocks.size() != to - from) {
      throw fields.invalid(6, "empty or one byte string per block");
    }
    return new CoreAppended(fields.coreKey(2), fields.number(3), from, to, blocks);
  }

  private static FollowCommand followCommand(Fields fields) throws MalformedEventException {
    long priority = fields.number(5);
    if (priority > FollowCommand.MAX_PRIORITY) {
      throw fields.invalid(5, "a priority of 0 to " + FollowCommand.MAX_PRIORITY);
    }
    return new FollowCommand(
        fields.coreKey(2),
        constant(fields, 3, FollowCommand.Action.values(), FollowCommand.Action::code),
        fields.text(4, Session.MAX_TEXT_LENGTH),
        (int) priority,
        fields.number(6));
  }

  private static FollowStatus followStatus(Fields fields) throws MalformedEventException {
    return new FollowStatus(
        fields.coreKey(2),
        constant(fields, 3, FollowStatus.State.values(), FollowStatus.State::code),
        fields.number(4),
        fields.number(5),
        fields.number(6),
        fields.number(7),
        fields.number(8),
        fields.text(9, FollowStatus.MAX_DETAIL_LENGTH));
  }

  private static AppendCommand appendCommand(Fields fields) throws MalformedEventException {
    var blocks = fields.list(4);
    if (blocks.isEmpty()) {
      throw fields.invalid(4, "at least one block");
    }
    return new AppendCommand(fields.coreKey(2), fields.text(3, Session.MAX_TEXT_LENGTH), blocks);
  }

  private static PeerSeen peerSeen(Fields fields) throws MalformedEventException {
    return new PeerSeen(
        fields.coreKey(2),
        fields.text(3, Session.MAX_TEXT_LENGTH),
        fields.flag(4),
        fields.number(5),
        fields.text(6, PeerSeen.MAX_DETAIL_LENGTH));
  }

  private static DhtActivity dhtActivity(Fields fields) throws MalformedEventException {
    return new DhtActivity(
        fields.coreKey(2),
        constant(fields, 3, DhtActivity.State.values(), DhtActivity.State::code),
        fields.text(4, Session.MAX_TEXT_LENGTH),
        fields.number(5),
        fields.number(6),
        fields.number(7),
        fields.number(8),
        fields.text(9, DhtActivity.MAX_DETAIL_LENGTH));
  }

  private static RelaySession relaySession(Fields fields) throws MalformedEventException {
    return new RelaySession(
        fields.text(2, Session.MAX_TEXT_LENGTH),
        fields.text(3, Session.MAX_TEXT_LENGTH),
        constant(fields, 4, RelaySession.Phase.values(), RelaySession.Phase::code),
        fields.text(5, RelaySession.MAX_USER_LENGTH),
        constant(fields, 6, RelaySession.Transport.values(), RelaySession.Transport::code),
        fields.number(7),
        fields.number(8),
        fields.number(9),
        fields.number(10),
        constant(fields, 11, RelaySession.Reason.values(), RelaySession.Reason::code));
  }

  private static <K extends Enum<K>> K constant(
      Fields fields, int field, K[] constants, ToIntFunction<K> code)
      throws MalformedEventException {
    long wanted = fields.number(field);
    for (K constant : constants) {
      if (code.applyAsInt(constant) == wanted) {
        return constant;
      }
    }
    throw fields.invalid(field, "a known code");
  }
}
