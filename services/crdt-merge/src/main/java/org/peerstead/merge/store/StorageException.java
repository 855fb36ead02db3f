package org.peerstead.merge.store;

/** The store could not do what was asked: an operating failure, not a fault of a peer. */
public final class StorageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What kind of failure. */
  public enum Kind {
    /** Another process has the data folder open. */
    LOCKED,
    /** The data folder cannot be created, read or written. */
    NOT_ACCESSIBLE,
    /** The disk is full. */
    DISK_FULL,
    /** What is stored cannot be read back. */
    DAMAGED,
    /** Any other input/output failure. */
    IO,
    /** The store has been closed. */
    CLOSED
  }

  private final Kind kind;

  /** A failure without a deeper cause. */
  public StorageException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** A failure with its cause. */
  public StorageException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
