package org.peerstead.relay.stun;

/**
 * Bytes that are not the message they claim to be. Has no stack trace, and there is only one per
 * reason, so that rubbish from the network costs nothing.
 */
public final class MalformedStunException extends Exception {
  private static final long serialVersionUID = 1;

  /** What is wrong. */
  public enum Reason {
    /** Less than a header. */
    TOO_SHORT,
    /** The first two bits are not zero: another protocol. */
    NOT_STUN,
    /** No magic cookie: RFC 3489, which is not supported. */
    WRONG_COOKIE,
    /** The header's length is no multiple of four or not that of the bytes. */
    WRONG_LENGTH,
    /** An attribute ends behind the message. */
    ATTRIBUTE_OVERRUN,
    /** FINGERPRINT is not the last attribute or not the sum of the message. */
    WRONG_FINGERPRINT,
    /** The value of an attribute cannot be what its type says. */
    BAD_ATTRIBUTE;

    private final MalformedStunException exception = new MalformedStunException(this);
  }

  private final Reason reason;

  private MalformedStunException(Reason reason) {
    super(reason.name(), null, false, false);
    this.reason = reason;
  }

  static MalformedStunException of(Reason reason) {
    return reason.exception;
  }

  public Reason reason() {
    return reason;
  }
}
