package org.peerstead.events;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A document gained changes, durably committed before this was sent.
 *
 * @param document which document
 * @param heads its heads after the changes, ascending
 * @param hashes the new changes, dependencies first; at most {@link #MAX_HASHES}, empty when there
 *     were more: pull with {@link DocumentReader#changesSince}
 * @param changes the raw change chunks in the order of {@code hashes}, or empty when they exceed
 *     {@link Topics#MAX_INLINE_BYTES}: pull with {@link DocumentReader#changesSince}
 * @param originSessionId the session that brought them, absent for imports
 * @param sequence counts this document's commits while its owner runs
 */
public record DocumentChanged(
    DocumentId document,
    List<Hash32> heads,
    List<Hash32> hashes,
    List<Bytes> changes,
    @Nullable String originSessionId,
    long sequence)
    implements Event {

  /** Most hashes carried. */
  public static final int MAX_HASHES = 4096;

  public DocumentChanged {
    heads = List.copyOf(heads);
    hashes = List.copyOf(hashes);
    changes = List.copyOf(changes);
    if (hashes.size() > MAX_HASHES) {
      throw new IllegalArgumentException(hashes.size() + " hashes, at most " + MAX_HASHES);
    }
    if (!changes.isEmpty() && changes.size() != hashes.size()) {
      throw new IllegalArgumentException(
          changes.size() + " changes for " + hashes.size() + " hashes");
    }
  }

  @Override
  public String topic() {
    return Topics.DOCUMENT_CHANGED;
  }

  @Override
  public String partitionKey() {
    return document.toString();
  }

  /** The heads: equal heads mean an equal set of changes. */
  @Override
  public String idempotencyKey() {
    return document + "/" + heads;
  }
}
