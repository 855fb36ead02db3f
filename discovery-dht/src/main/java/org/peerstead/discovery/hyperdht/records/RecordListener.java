package org.peerstead.discovery.hyperdht.records;

import org.peerstead.discovery.hyperdht.records.RecordBook.Stored;

/**
 * Told by a {@link RecordBook} whenever a limit costs somebody something. Called on the owner
 * thread, in the middle of a change: must return quickly and not call back.
 */
public interface RecordListener {
  /** Wants to know nothing. */
  RecordListener NONE = new RecordListener() {};

  /** Why an entry gave way. */
  enum Eviction {
    /** The store was full, and the entry belonged to the host that had most entries. */
    STORE_FULL,
    /** The topic was full, and the entry belonged to the network that had most of it. */
    TOPIC_FULL
  }

  /**
   * An entry was dropped before its age, to make room for one of another source.
   *
   * @param host IPv4 address, a big-endian number, of the source of the entry that was dropped
   */
  default void evicted(RecordKind kind, Eviction why, int host) {}

  /**
   * A new entry was not taken.
   *
   * @param why one of the refusals
   * @param host IPv4 address, a big-endian number, of the source
   */
  default void refused(RecordKind kind, Stored why, int host) {}
}
