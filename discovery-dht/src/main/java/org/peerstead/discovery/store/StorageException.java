package org.peerstead.discovery.store;

/** The store cannot read or write: a full or failing disk, or a store that was closed. */
public final class StorageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What was being done, and why it failed. */
  public StorageException(String message, Throwable cause) {
    super(message, cause);
  }

  /** What was found wrong. */
  public StorageException(String message) {
    super(message);
  }
}
