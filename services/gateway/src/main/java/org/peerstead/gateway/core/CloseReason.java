package org.peerstead.gateway.core;

/** Why this server ends a session: the WebSocket close code (RFC 6455 section 7.4) and text. */
public enum CloseReason {
  /** The peer said leave. */
  LEFT(1000, "goodbye"),
  /** The same peer connected again; the newer connection wins. */
  REPLACED(1000, "replaced by a newer connection of this peer"),
  /** This server is stopping; clients should come back. */
  GOING_AWAY(1001, "the server is stopping"),
  /** No common protocol version. */
  UNSUPPORTED_VERSION(1002, "unsupported protocol version"),
  /** The messages break the rules of the handshake. */
  PROTOCOL_ERROR(1002, "protocol error"),
  /** Text frames are not part of the protocol. */
  TEXT_FRAME(1003, "only binary frames are accepted"),
  /** A frame or a sync message that cannot be read. */
  MALFORMED(1007, "malformed message"),
  /** The access rules no longer let this session in. */
  ACCESS_REVOKED(1008, "access was revoked"),
  /** Another user holds this peer id. */
  PEER_ID_TAKEN(1008, "this peer id belongs to another user"),
  /** No join within the handshake timeout. */
  NO_JOIN(1008, "no join message in time"),
  /** The peer does not read what it asked for. */
  SLOW_READER(1008, "the peer reads too slowly"),
  /** Nothing was heard from the peer for the idle timeout, in spite of pings. */
  SILENT(1001, "no answer to pings"),
  /** A message above the limit. */
  TOO_LARGE(1009, "message too large"),
  /** The server could not process a message now; the session would be out of step. */
  OVERLOADED(1013, "try again later");

  private final int code;
  private final String text;

  CloseReason(int code, String text) {
    this.code = code;
    this.text = text;
  }

  /** WebSocket close code. */
  public int code() {
    return code;
  }

  /** Text for the close frame, at most 123 bytes. */
  public String text() {
    return text;
  }
}
