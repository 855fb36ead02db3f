package org.peerstead.discovery.rpc.wire;

/**
 * A datagram that is no dht-rpc packet. Carries no stack trace: it describes somebody's bytes, and
 * somebody may send many of them.
 */
public final class MalformedPacketException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What is wrong, coarse enough for a metric label. */
  public enum Reason {
    /** The datagram ends inside a field. */
    TRUNCATED,
    /** The first byte is neither that of a request nor that of a response of version 3. */
    NOT_RPC,
    /** A length or count that no packet of this size can hold. */
    LIMIT_EXCEEDED
  }

  private final Reason reason;

  /** A defect of kind {@code reason}; {@code message} names value and limit. */
  public MalformedPacketException(Reason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  /** The kind of defect. */
  public Reason reason() {
    return reason;
  }
}
