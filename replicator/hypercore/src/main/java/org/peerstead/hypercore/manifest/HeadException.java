package org.peerstead.hypercore.manifest;

/** A manifest or a head that nobody may sign so. */
public final class HeadException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What is wrong; fit for a metric label. */
  public enum Reason {
    /** Bytes that are no manifest. */
    MALFORMED_MANIFEST,
    /** A manifest of another core. */
    WRONG_MANIFEST,
    /** Bytes that are no signature of this manifest. */
    MALFORMED_SIGNATURE,
    /** Fewer signatures than the quorum. */
    QUORUM,
    /** A signature that does not fit. */
    BAD_SIGNATURE,
    /** Shorter than the prologue, or not what the prologue says. */
    PROLOGUE,
    /** The core has moved on meanwhile. */
    SUPERSEDED
  }

  private final Reason reason;

  /** With the values that decided it. */
  public HeadException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** What is wrong. */
  public Reason reason() {
    return reason;
  }
}
