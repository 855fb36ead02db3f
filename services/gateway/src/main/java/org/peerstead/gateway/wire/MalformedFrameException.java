package org.peerstead.gateway.wire;

/**
 * A frame from a peer that is not an automerge-repo message. It is data, not a bug: the session
 * counts it by {@link #reason()} and answers as the reason says.
 */
public final class MalformedFrameException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What was wrong; the name in lower case is the {@code reason} tag of the rejection counter. */
  public enum Reason {
    /** The frame has no bytes. */
    EMPTY,
    /** The frame is longer than the configured limit. */
    TOO_LARGE,
    /** The bytes end inside an item, or an item claims more bytes than the frame has. */
    TRUNCATED,
    /** Bytes follow the message. */
    TRAILING_BYTES,
    /** A CBOR item that RFC 8949 reserves or that no automerge-repo message may hold. */
    INVALID_CBOR,
    /** Arrays, maps or tags are nested deeper than {@link CborReader#MAX_DEPTH}. */
    TOO_DEEP,
    /** A text string is not UTF-8. */
    INVALID_TEXT,
    /** The frame's one item is not a map. */
    NOT_A_MAP,
    /** A known field occurs twice. */
    DUPLICATE_FIELD,
    /** A field the message type needs is absent. */
    MISSING_FIELD,
    /** A known field holds another type than the protocol says. */
    WRONG_FIELD_TYPE,
    /** A known field is longer, or has more entries, than the codec's bound. */
    FIELD_TOO_LONG,
    /** A number is negative, fractional or above 2^53 - 1. */
    NUMBER_OUT_OF_RANGE,
    /** A sync, request or ephemeral message without data, which senders must not send. */
    EMPTY_DATA,
    /** A message type this version of the protocol does not know; later versions may add some. */
    UNKNOWN_TYPE,
    /** A text frame: the protocol has binary frames only. */
    TEXT_FRAME
  }

  private final Reason reason;
  private final String detail;

  /**
   * @param reason what was wrong
   * @param message where and with which value; never contents of documents
   */
  public MalformedFrameException(Reason reason, String message) {
    super(message);
    this.reason = reason;
    this.detail = message;
  }

  /** What was wrong. */
  public Reason reason() {
    return reason;
  }

  /** Where and with which value, as for {@link #getMessage()}. */
  public String detail() {
    return detail;
  }

  /** Thrown for each bad frame an attacker cares to send, so it stays cheap. */
  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
