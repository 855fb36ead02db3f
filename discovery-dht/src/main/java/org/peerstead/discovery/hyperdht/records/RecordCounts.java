package org.peerstead.discovery.hyperdht.records;

import java.util.Map;

/**
 * What a {@link RecordBook} holds and did.
 *
 * @param topics topics with at least one record or route
 * @param refreshTokens records and routes that can be renewed without a signature
 * @param kinds every kind
 * @param loaded entries taken over from the store at the start
 * @param damaged rows of the store that were no entries and were dropped at the start
 */
public record RecordCounts(
    int topics, int refreshTokens, Map<RecordKind, KindCounts> kinds, long loaded, long damaged) {
  /** Copies the map. */
  public RecordCounts {
    kinds = Map.copyOf(kinds);
    if (kinds.size() != RecordKind.values().length) {
      throw new IllegalArgumentException("counts of every kind expected, not of " + kinds.keySet());
    }
  }

  /** The counts of one kind. */
  public KindCounts of(RecordKind kind) {
    KindCounts counts = kinds.get(kind);
    if (counts == null) {
      throw new IllegalStateException("no counts of " + kind);
    }
    return counts;
  }
}
