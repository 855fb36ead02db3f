package org.peerstead.gateway.core;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The highest count seen of each author's process, so that a message goes round once.
 *
 * <p>Bounded: the author that was silent for longest is forgotten first. One of its old messages
 * would then be forwarded once more, and dropped by the clients, who count as well. Not
 * thread-safe.
 */
final class EphemeralCounts {
  private record Author(String peerId, String sessionId) {}

  private final Map<Author, Long> counts;

  EphemeralCounts(int maxAuthors) {
    counts =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Author, Long> eldest) {
            return size() > maxAuthors;
          }
        };
  }

  /** Whether the message is newer than all seen of its author; remembers it if so. */
  boolean accept(String peerId, String sessionId, long count) {
    var author = new Author(peerId, sessionId);
    Long seen = counts.get(author);
    if (seen != null && count <= seen) {
      return false;
    }
    counts.put(author, count);
    return true;
  }
}
