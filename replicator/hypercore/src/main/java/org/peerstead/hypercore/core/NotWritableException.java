package org.peerstead.hypercore.core;

/** A local change that this core cannot make. */
public final class NotWritableException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Why not. */
  public enum Reason {
    /** The key pair of its signer is not here. */
    NO_KEY,
    /** Its manifest wants more signatures than ours. */
    NEEDS_OTHER_SIGNERS,
    /** Two valid heads contradict each other. */
    FROZEN,
    /** Larger than {@link Core#MAX_BLOCK_BYTES}. */
    BLOCK_TOO_LARGE,
    /** Beyond the end of the core. */
    OUT_OF_RANGE,
    /** Earlier changes have not reached the disk. */
    CHANGES_PENDING
  }

  private final Reason reason;

  /** With the values that decided it. */
  public NotWritableException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Why not. */
  public Reason reason() {
    return reason;
  }
}
