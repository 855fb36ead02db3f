package org.peerstead.securestream.noise;

/**
 * A handshake that cannot succeed because of what the other side sent. Carries no stack trace:
 * peers may cause many of them.
 */
public final class NoiseException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What is wrong, coarse enough for a metric label. */
  public enum Reason {
    /** A message that is too short for its fields, or longer than Noise allows. */
    BAD_LENGTH,
    /** A public key with which no secret can be agreed. */
    INVALID_POINT,
    /** A field that does not decrypt: wrong key, wrong prologue, or changed on its way. */
    AUTHENTICATION_FAILED
  }

  private final Reason reason;

  /** A defect of kind {@code reason}. */
  public NoiseException(Reason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  /** The kind of defect. */
  public Reason reason() {
    return reason;
  }
}
