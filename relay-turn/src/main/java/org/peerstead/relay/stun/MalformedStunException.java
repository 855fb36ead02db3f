package org.peerstead.relay.stun;

/** Bytes that are not the message they claim to be. */
public final class MalformedStunException extends Exception {
  private static final long serialVersionUID = 1;

  /** What is wrong. */
  public enum Reason {
    TOO_SHORT,
    NOT_STUN,
    WRONG_COOKIE,
    WRONG_LENGTH,
    ATTRIBUTE_OVERRUN,
    WRONG_FINGERPRINT,
    BAD_ATTRIBUTE
  }

  private final Reason reason;

  public MalformedStunException(Reason reason) {
    super(reason.name(), null, false, false);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
