package org.peerstead.hypercore;

import org.jspecify.annotations.Nullable;

/** Why a call did not do what was asked; what futures of this package fail with. */
public final class CoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What stood in the way. */
  public enum Reason {
    /** The session, or all of it, was closed before. */
    CLOSED,
    /** The store does not have this core. */
    UNKNOWN_CORE,
    /** The key pair to sign with is not here, or one alone does not sign for this core. */
    NOT_WRITABLE,
    /** Two valid heads of this core contradict each other: nothing more is taken. */
    FROZEN,
    /** A block above 15 MiB. */
    TOO_LARGE,
    /** An index or a length that the core does not have. */
    OUT_OF_RANGE,
    /** The block is not stored here and nobody was to be waited for. */
    NOT_AVAILABLE,
    /** It did not come in time. */
    TIMED_OUT,
    /** The core changed after the batch was begun. */
    CONFLICT,
    /** The core was truncated below the length of the snapshot. */
    SNAPSHOT_GONE,
    /** The core has open sessions. */
    IN_USE,
    /** More calls wait than are allowed. */
    OVERLOADED,
    /** The caller gave it up. */
    CANCELLED,
    /** The store failed; what was not confirmed must be taken for lost. */
    STORAGE
  }

  private final Reason reason;

  /** With the values that decided it. */
  public CoreException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** With what lies behind it. */
  public CoreException(Reason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** What stood in the way. */
  public Reason reason() {
    return reason;
  }
}
