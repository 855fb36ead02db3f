package org.peerstead.crdt;

/**
 * What became of a batch of changes.
 *
 * @param applied changes that are part of the document now, those among them that had been waiting
 *     included
 * @param queued changes of the batch that wait for their dependencies
 * @param known changes of the batch that were there before
 */
public record ApplyResult(int applied, int queued, int known) {
  public static final ApplyResult NOTHING = new ApplyResult(0, 0, 0);
}
