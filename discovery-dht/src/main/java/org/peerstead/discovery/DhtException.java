package org.peerstead.discovery;

/** Why a call of a {@link DhtNode} failed. */
public final class DhtException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Kinds of failures. */
  public enum Reason {
    /** The node is closed, or was closed meanwhile. */
    CLOSED,
    /** Too many calls run already. */
    OVERLOADED,
    /** It took longer than a call may take. */
    TIMED_OUT,
    /** No other node answered. */
    NO_NODES,
    /** The node that was asked did not answer. */
    NO_ANSWER,
    /** No node confirmed what was to be stored. */
    NOT_STORED,
    /** Nodes have another value with this sequence number. */
    SEQ_REUSED,
    /** Nodes have a value with a greater sequence number. */
    SEQ_TOO_LOW,
    /** No node knows a way to the server. */
    PEER_NOT_FOUND,
    /** The server refused the handshake. */
    REFUSED,
    /** The call makes no sense; the message says why. */
    BAD_ARGUMENT,
    /** A fault of ours; it was logged. */
    INTERNAL
  }

  private final Reason reason;

  /** A failure for {@code reason}. */
  public DhtException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** A failure for {@code reason} that has a cause. */
  public DhtException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** The kind of failure. */
  public Reason reason() {
    return reason;
  }
}
