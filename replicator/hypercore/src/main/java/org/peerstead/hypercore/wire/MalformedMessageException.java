package org.peerstead.hypercore.wire;

/** Bytes that are not the message they claim to be. */
public final class MalformedMessageException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int type;

  /** What was being read, and what was found. */
  public MalformedMessageException(int type, String message) {
    super("message of type " + type + ": " + message);
    this.type = type;
  }

  /** Number of the message. */
  public int type() {
    return type;
  }
}
