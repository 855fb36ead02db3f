package org.peerstead.hypercore.merkle;

/** A node of the tree is needed and not stored. Carries no stack trace. */
public final class MissingNodeException extends Exception {
  private static final long serialVersionUID = 1L;

  private final long index;

  /** Node {@code index} of the flat tree is missing. */
  public MissingNodeException(long index) {
    super("node " + index + " is not stored", null, false, false);
    this.index = index;
  }

  /** The node that is missing, in the flat tree. */
  public long index() {
    return index;
  }
}
