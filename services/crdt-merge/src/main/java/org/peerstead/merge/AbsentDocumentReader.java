package org.peerstead.merge;

import java.util.List;
import java.util.Optional;
import org.peerstead.events.Bytes;
import org.peerstead.events.DocumentId;
import org.peerstead.events.DocumentReader;
import org.peerstead.events.Hash32;

/** The reader of a process that owns no documents: says so to whoever asks. Thread-safe. */
final class AbsentDocumentReader implements DocumentReader {
  private static final String REASON =
      "This process does not run crdt-merge: start it with that service";

  @Override
  public DocumentPage list(Optional<DocumentId> after, int limit) {
    return new DocumentPage(List.of(), Optional.empty());
  }

  @Override
  public ReadResult<DocumentSummary> summary(DocumentId document) {
    return new ReadResult.Unavailable<>(REASON);
  }

  @Override
  public ReadResult<String> json(DocumentId document, List<Hash32> heads) {
    return new ReadResult.Unavailable<>(REASON);
  }

  @Override
  public ReadResult<Bytes> automerge(DocumentId document, List<Hash32> heads) {
    return new ReadResult.Unavailable<>(REASON);
  }

  @Override
  public ReadResult<HistoryPage> history(DocumentId document, long offset, int limit) {
    return new ReadResult.Unavailable<>(REASON);
  }

  @Override
  public ReadResult<ChangeBatch> changesSince(
      DocumentId document, List<Hash32> have, int maxBytes) {
    return new ReadResult.Unavailable<>(REASON);
  }

  @Override
  public StoreStatus status() {
    return new StoreStatus("", 0, 0, 0, 0, 0, 0, 0, 0, Optional.of(REASON));
  }
}
