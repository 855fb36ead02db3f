package org.peerstead.merge;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/** How many documents each session uses. Thread-safe. */
final class SessionDirectory {
  private final int maxDocuments;
  private final ConcurrentMap<String, Integer> documents = new ConcurrentHashMap<>();
  private final AtomicLong total = new AtomicLong();

  SessionDirectory(int maxDocuments) {
    this.maxDocuments = maxDocuments;
  }

  int maxDocuments() {
    return maxDocuments;
  }

  /** Counts one more document, or returns false when the session has as many as it may. */
  boolean enter(String sessionId) {
    boolean[] isEntered = {false};
    documents.compute(
        sessionId,
        (id, count) -> {
          int before = count == null ? 0 : count;
          isEntered[0] = before < maxDocuments;
          return isEntered[0] ? Integer.valueOf(before + 1) : count;
        });
    if (isEntered[0]) {
      total.incrementAndGet();
    }
    return isEntered[0];
  }

  void leave(String sessionId) {
    total.decrementAndGet();
    documents.computeIfPresent(sessionId, (id, count) -> count > 1 ? count - 1 : null);
  }

  /** Pairs of session and document. */
  long total() {
    return total.get();
  }
}
