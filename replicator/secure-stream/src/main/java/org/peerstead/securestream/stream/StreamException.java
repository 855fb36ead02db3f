package org.peerstead.securestream.stream;

/** Bytes that end an encrypted stream. Carries no stack trace: peers may cause many of them. */
public final class StreamException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What is wrong, coarse enough for a metric label. */
  public enum Reason {
    /** A frame that is longer than the limit, or too short to be a message. */
    BAD_LENGTH,
    /** A handshake message that does not continue the handshake. */
    HANDSHAKE_FAILED,
    /** A header that is not 56 bytes or was not made for this connection. */
    BAD_HEADER,
    /** A message that was not made with this stream's key, is out of order, or was changed. */
    AUTHENTICATION_FAILED,
    /** The other side ended the stream inside a frame or before the handshake was complete. */
    ENDED_EARLY,
    /** Nothing arrived for longer than the limit. */
    TIMED_OUT
  }

  private final Reason reason;

  /** A defect of kind {@code reason}. */
  public StreamException(Reason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  /** The kind of defect. */
  public Reason reason() {
    return reason;
  }
}
