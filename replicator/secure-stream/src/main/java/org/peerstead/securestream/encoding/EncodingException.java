package org.peerstead.securestream.encoding;

/**
 * Bytes that are not what compact-encoding would have written, or that exceed a limit. Carries no
 * stack trace: it describes a peer's bytes, and peers may send many of them.
 */
public final class EncodingException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What is wrong, coarse enough for a metric label. */
  public enum Reason {
    /** The input ends inside a value. */
    TRUNCATED,
    /** A number above 2^53 - 1, which npm refuses as well. */
    NUMBER_TOO_LARGE,
    /** A length or count above the limit that the caller gave. */
    LIMIT_EXCEEDED,
    /** A string that is not UTF-8. */
    BAD_UTF8,
    /** A type or width marker that does not exist. */
    UNKNOWN_TYPE,
    /** Values nested deeper than {@link AnyValue#MAX_DEPTH}. */
    TOO_DEEP,
    /** Bytes after the end of a complete message. */
    LEFTOVER
  }

  private final Reason reason;

  /** A defect of kind {@code reason}; {@code message} names value, limit and place. */
  public EncodingException(Reason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  /** The kind of defect. */
  public Reason reason() {
    return reason;
  }
}
