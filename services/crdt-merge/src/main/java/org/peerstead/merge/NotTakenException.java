package org.peerstead.merge;

/** What a document gained could not be stored; the document has gone back to what is stored. */
final class NotTakenException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Refused refused;

  NotTakenException(Refused refused) {
    super(refused.detail());
    this.refused = refused;
  }

  Refused refused() {
    return refused;
  }
}
