package org.peerstead.hypercore.merkle;

/**
 * A proof that cannot be built, or that does not prove what it claims. Carries no stack trace: it
 * describes what a peer sent, and peers may send much.
 */
public final class ProofException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What is wrong, coarse enough for a metric label. */
  public enum Reason {
    /** Request: another fork, or a block or node that is not stored here. */
    NOT_AVAILABLE,
    /** Request: asks for what no tree of this length has. */
    INVALID_REQUEST,
    /** Proof: of another fork than the tree. */
    WRONG_FORK,
    /** Proof: numbers out of range, or both a block and a node. */
    MALFORMED,
    /** Proof: another node than the one that comes next. */
    WRONG_NODE_ORDER,
    /** Proof: a node that is needed is not there. */
    TOO_FEW_NODES,
    /** Proof: nodes that nothing asks for. */
    TOO_MANY_NODES,
    /** Proof: more blocks or bytes than a tree may have. */
    TOO_LARGE,
    /** Proof: an upgrade that starts behind the end of the tree. */
    GAP,
    /**
     * Proof: an upgrade made for an earlier length, which does not fit what the tree has become.
     * Honest peers send it when two of them were asked at the same time.
     */
    STALE,
    /** Proof: an upgrade into the prologue, or one that does not lead to the prologue's tree. */
    PROLOGUE,
    /**
     * Proof: leads to a node that is not stored, so nothing is proven. Honest peers send it when
     * the tree changed after the request.
     */
    UNKNOWN_ROOT,
    /** Proof: leads to a node that is stored with another hash. Somebody lies. */
    CHECKSUM;

    /** Whether a peer that keeps to the protocol may have caused it. */
    public boolean isHonestlyPossible() {
      return this == STALE || this == UNKNOWN_ROOT || this == WRONG_FORK;
    }
  }

  private final Reason reason;

  /** A defect of kind {@code reason}; {@code message} names value, limit and place. */
  public ProofException(Reason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  /** The kind of defect. */
  public Reason reason() {
    return reason;
  }
}
