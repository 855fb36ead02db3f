package org.peerstead.events;

/**
 * Something a peer's session did to one document. A gateway that closes a session sends one {@link
 * Kind#CLOSED} for every document the session had used, so that each document's owner learns of it.
 *
 * @param session who
 * @param counter counts the events of this session from 1
 * @param document which document
 * @param kind what
 * @param data the sync message of {@link Kind#SYNC} and {@link Kind#REQUEST}, else empty
 */
public record SyncInbound(Session session, long counter, DocumentId document, Kind kind, Bytes data)
    implements Event {

  /** What the session did. The codes are part of the layout. */
  public enum Kind {
    /** A sync message from a peer that has, or may have, the document. */
    SYNC(0),
    /** A sync message from a peer that lacks the document and asks for it. */
    REQUEST(1),
    /** The peer said that it cannot provide the document. */
    UNAVAILABLE(2),
    /** The session ended, or the gateway withdrew its access to this document. */
    CLOSED(3);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  @Override
  public String topic() {
    return Topics.SYNC_INBOUND;
  }

  @Override
  public String partitionKey() {
    return document.toString();
  }

  @Override
  public String idempotencyKey() {
    return session.sessionId() + "/" + counter;
  }
}
