package org.peerstead.securestream.crypto;

/**
 * A key, point or message of somebody else that must not be used. Carries no stack trace: peers may
 * cause many of them.
 */
public final class CryptoException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What is wrong, coarse enough for a metric label. */
  public enum Reason {
    /**
     * 32 bytes that are not the canonical encoding of a point of prime order on edwards25519: off
     * the curve, of small order, with a torsion part, or not reduced.
     */
    INVALID_POINT,
    /** A message that was not made with this key, or was changed. */
    AUTHENTICATION_FAILED,
    /** A text that is not a key in any of its forms. */
    BAD_KEY_TEXT
  }

  private final Reason reason;

  /** A defect of kind {@code reason}. */
  public CryptoException(Reason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  /** The kind of defect. */
  public Reason reason() {
    return reason;
  }
}
