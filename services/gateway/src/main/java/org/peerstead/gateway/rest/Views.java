package org.peerstead.gateway.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peerstead.events.DocumentId;
import org.peerstead.events.DocumentReader;
import org.peerstead.events.Hash32;

/** What the API's JSON looks like. */
final class Views {
  private Views() {}

  /**
   * A document in a list.
   *
   * @param id base58check
   * @param url as apps write it
   * @param bytes stored size
   * @param changes number of changes
   * @param heads hexadecimal, ascending
   * @param createdAt when this store first had it
   * @param changedAt when this store last gained a change of it
   * @param damaged present and true when it cannot be read back
   */
  record DocumentView(
      String id,
      String url,
      long bytes,
      long changes,
      List<String> heads,
      Instant createdAt,
      Instant changedAt,
      @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean damaged) {
    static DocumentView of(DocumentReader.DocumentSummary summary) {
      return new DocumentView(
          summary.document().toString(),
          Views.url(summary.document()),
          summary.storedBytes(),
          summary.changes(),
          hex(summary.heads()),
          summary.createdAt(),
          summary.changedAt(),
          summary.isDamaged());
    }
  }

  /**
   * A page of documents.
   *
   * @param documents ascending by the bytes of their ids
   * @param next value of {@code after} for the next page, absent on the last one
   */
  record DocumentListView(
      List<DocumentView> documents,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String next) {
    static DocumentListView of(DocumentReader.DocumentPage page) {
      return new DocumentListView(
          page.documents().stream().map(DocumentView::of).toList(),
          page.next().map(DocumentId::toString).orElse(null));
    }
  }

  /**
   * A change in a history.
   *
   * @param hash hexadecimal
   * @param dependencies hexadecimal
   * @param actor hexadecimal
   * @param sequence counts the actor's changes from 1
   * @param time what the author's clock said, absent when it did not
   * @param message the author's words, absent when there are none
   * @param operations how many operations it holds
   */
  record ChangeView(
      String hash,
      List<String> dependencies,
      String actor,
      long sequence,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Instant time,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String message,
      long operations) {
    static ChangeView of(DocumentReader.ChangeEntry change) {
      return new ChangeView(
          change.hash().toString(),
          hex(change.dependencies()),
          change.actor(),
          change.sequence(),
          change.timeMillis() == 0 ? null : Instant.ofEpochMilli(change.timeMillis()),
          change.message().orElse(null),
          change.operations());
    }
  }

  /**
   * A part of a history.
   *
   * @param changes dependencies first
   * @param total how many changes the document has
   * @param next value of {@code offset} for the next page, absent on the last one
   */
  record HistoryView(
      List<ChangeView> changes,
      long total,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long next) {
    static HistoryView of(DocumentReader.HistoryPage page, long offset) {
      long end = offset + page.changes().size();
      boolean isLast = page.changes().isEmpty() || end >= page.total();
      return new HistoryView(
          page.changes().stream().map(ChangeView::of).toList(), page.total(), isLast ? null : end);
    }
  }

  /**
   * A document that was written.
   *
   * @param id base58check
   * @param url as apps write it
   * @param heads its heads now, hexadecimal, ascending
   */
  record WrittenView(String id, String url, List<String> heads) {
    static WrittenView of(DocumentId document, List<Hash32> heads) {
      return new WrittenView(document.toString(), Views.url(document), hex(heads));
    }
  }

  /**
   * The server.
   *
   * @param version of the program
   * @param startedAt when this process started
   * @param access {@code open} or {@code token}
   * @param connections open WebSocket connections
   * @param store the document store, absent when this process has none
   */
  record StatusView(
      String version,
      Instant startedAt,
      String access,
      long connections,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable StoreView store) {}

  /** The document store; see {@link DocumentReader.StoreStatus}. */
  record StoreView(
      String storageId,
      long documents,
      long tombstones,
      long damagedDocuments,
      long storedBytes,
      long maxStoredBytes,
      long openDocuments,
      long openBytes,
      long activeSessions,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> refusesWrites) {
    static StoreView of(DocumentReader.StoreStatus status) {
      return new StoreView(
          status.storageId(),
          status.documents(),
          status.tombstones(),
          status.damagedDocuments(),
          status.storedBytes(),
          status.maxStoredBytes(),
          status.openDocuments(),
          status.openBytes(),
          status.activeSessions(),
          status.refusesWrites());
    }
  }

  static String url(DocumentId document) {
    return "automerge:" + document;
  }

  private static List<String> hex(List<Hash32> hashes) {
    return hashes.stream().map(Hash32::toString).toList();
  }
}
