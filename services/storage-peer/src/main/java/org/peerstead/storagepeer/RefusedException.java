package org.peerstead.storagepeer;

import org.peerstead.storagepeer.follow.Refusal;

/** What was asked for is not done, for a reason that whoever asked is told. */
public final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Refusal reason;

  /** Refused for this reason. */
  public RefusedException(Refusal reason) {
    super(reason.sentence());
    this.reason = reason;
  }

  /** Why. */
  public Refusal reason() {
    return reason;
  }
}
