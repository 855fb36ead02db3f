package org.peerstead.merge;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which documents are in memory, and how much they hold, least recently used first. Thread-safe;
 * the lock covers only the bookkeeping.
 */
final class OpenDocuments {
  private final long maxBytes;
  private final Map<DocumentOwner, Long> sizes = new LinkedHashMap<>(16, 0.75f, true);
  private long totalBytes;

  OpenDocuments(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Notes that {@code owner} has just used its document.
   *
   * @return who has to close theirs to keep the bound; never {@code owner} itself
   */
  synchronized List<DocumentOwner> used(DocumentOwner owner, long bytes) {
    Long before = sizes.put(owner, bytes);
    totalBytes += bytes - (before == null ? 0 : before);
    if (totalBytes <= maxBytes) {
      return List.of();
    }
    var leaving = new ArrayList<DocumentOwner>();
    var oldestFirst = sizes.entrySet().iterator();
    while (totalBytes > maxBytes && oldestFirst.hasNext()) {
      Map.Entry<DocumentOwner, Long> oldest = oldestFirst.next();
      if (oldest.getKey() != owner) {
        totalBytes -= oldest.getValue();
        leaving.add(oldest.getKey());
        oldestFirst.remove();
      }
    }
    return leaving;
  }

  synchronized void closed(DocumentOwner owner) {
    Long bytes = sizes.remove(owner);
    totalBytes -= bytes == null ? 0 : bytes;
  }

  synchronized long count() {
    return sizes.size();
  }

  synchronized long totalBytes() {
    return totalBytes;
  }
}
