package org.peerstead.crdt;

import org.peerstead.crdt.text.TextUnit;

/**
 * How a document is read and what it may cost. The bounds apply to bytes of unknown origin, not to
 * local edits.
 *
 * @param textUnit what positions in text count
 * @param maxInflatedBytes most bytes that the compressed columns of one chunk may inflate to
 * @param maxOperations most operations of a document, about 60 bytes of memory each; also holds for
 *     {@link Document#load}, so a document that grew beyond it by local edits needs a larger bound
 * @param maxQueuedChanges most changes that may wait for their dependencies
 * @param maxQueuedBytes most bytes that those may have
 * @param verifyHeads false loads documents whose content does not have the heads they name; for
 *     repair only
 * @param allowMissingDependencies true keeps changes without their dependencies queued where {@code
 *     load} would fail
 */
public record DocumentOptions(
    TextUnit textUnit,
    int maxInflatedBytes,
    int maxOperations,
    int maxQueuedChanges,
    long maxQueuedBytes,
    boolean verifyHeads,
    boolean allowMissingDependencies) {
  /**
   * UTF-16 positions, 128 MiB inflated, 4 million operations, a million changes or 256 MiB queued,
   * everything verified.
   */
  public static final DocumentOptions DEFAULT =
      new DocumentOptions(TextUnit.UTF16, 128 << 20, 1 << 22, 1_000_000, 256L << 20, true, false);

  public DocumentOptions withTextUnit(TextUnit unit) {
    return new DocumentOptions(
        unit,
        maxInflatedBytes,
        maxOperations,
        maxQueuedChanges,
        maxQueuedBytes,
        verifyHeads,
        allowMissingDependencies);
  }

  public DocumentOptions withMaxInflatedBytes(int bytes) {
    return new DocumentOptions(
        textUnit,
        bytes,
        maxOperations,
        maxQueuedChanges,
        maxQueuedBytes,
        verifyHeads,
        allowMissingDependencies);
  }

  public DocumentOptions withMaxOperations(int operations) {
    return new DocumentOptions(
        textUnit,
        maxInflatedBytes,
        operations,
        maxQueuedChanges,
        maxQueuedBytes,
        verifyHeads,
        allowMissingDependencies);
  }

  public DocumentOptions withMaxQueued(int changes, long bytes) {
    return new DocumentOptions(
        textUnit,
        maxInflatedBytes,
        maxOperations,
        changes,
        bytes,
        verifyHeads,
        allowMissingDependencies);
  }

  public DocumentOptions withoutVerifyingHeads() {
    return new DocumentOptions(
        textUnit,
        maxInflatedBytes,
        maxOperations,
        maxQueuedChanges,
        maxQueuedBytes,
        false,
        allowMissingDependencies);
  }

  public DocumentOptions allowingMissingDependencies() {
    return new DocumentOptions(
        textUnit,
        maxInflatedBytes,
        maxOperations,
        maxQueuedChanges,
        maxQueuedBytes,
        verifyHeads,
        true);
  }
}
