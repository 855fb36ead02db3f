package org.peerstead.dhtseed;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * The topics that this node keeps announced until its operator takes them back or it stops. Records
 * live for 20 minutes, so each is announced again every five. Thread-safe.
 */
public final class Announcements {
  /** Time between two announcements of a topic. */
  static final long INTERVAL_MILLIS = 5 * 60_000L;

  /** A failed announcement is repeated sooner. */
  static final long RETRY_MILLIS = 30_000L;

  /**
   * A topic.
   *
   * @param sinceMillis when the operator asked for it, milliseconds since 1970
   * @param announcedMillis when it was last stored somewhere, 0 for never
   * @param storedAt nodes that stored it then
   * @param problem why the last attempt failed; empty when it did not
   */
  public record Announcement(
      Fixed32 topic,
      long sinceMillis,
      long announcedMillis,
      int storedAt,
      Optional<String> problem) {}

  private record Entry(Announcement announcement, long nextMillis) {}

  private final int max;
  private final Map<Fixed32, Entry> entries = new LinkedHashMap<>();

  Announcements(int max) {
    this.max = max;
  }

  /** Keeps a topic; false when there are too many. */
  synchronized boolean add(Fixed32 topic, long nowMillis) {
    if (entries.containsKey(topic)) {
      return true;
    }
    if (entries.size() >= max) {
      return false;
    }
    entries.put(
        topic,
        new Entry(
            new Announcement(topic, nowMillis, 0, 0, Optional.empty()),
            nowMillis + INTERVAL_MILLIS));
    return true;
  }

  /** No longer keeps a topic; false when it was not kept. */
  synchronized boolean remove(Fixed32 topic) {
    return entries.remove(topic) != null;
  }

  /** Topics whose turn it is; each is given out once until it is reported on, or overdue again. */
  synchronized List<Fixed32> due(long nowMillis) {
    var due = new ArrayList<Fixed32>();
    entries.replaceAll((topic, entry) -> {
      if (entry.nextMillis > nowMillis) {
        return entry;
      }
      due.add(topic);
      return new Entry(entry.announcement, nowMillis + INTERVAL_MILLIS);
    });
    return due;
  }

  /** A topic was stored at {@code storedAt} nodes. */
  synchronized void announced(Fixed32 topic, int storedAt, long nowMillis) {
    entries.computeIfPresent(
        topic,
        (key, entry) ->
            new Entry(
                new Announcement(
                    topic, entry.announcement.sinceMillis, nowMillis, storedAt, Optional.empty()),
                nowMillis + INTERVAL_MILLIS));
  }

  /** An announcement failed. */
  synchronized void failed(Fixed32 topic, String problem, long nowMillis) {
    entries.computeIfPresent(
        topic,
        (key, entry) ->
            new Entry(
                new Announcement(
                    topic,
                    entry.announcement.sinceMillis,
                    entry.announcement.announcedMillis,
                    entry.announcement.storedAt,
                    Optional.of(problem)),
                nowMillis + RETRY_MILLIS));
  }

  /** All topics, the oldest first. */
  synchronized List<Announcement> all() {
    return entries.values().stream().map(Entry::announcement).toList();
  }

  synchronized int size() {
    return entries.size();
  }
}
