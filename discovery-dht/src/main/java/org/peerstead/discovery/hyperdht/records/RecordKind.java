package org.peerstead.discovery.hyperdht.records;

/** The four stores of a node. */
public enum RecordKind {
  /** A peer announced to a topic. */
  TOPIC_RECORD,
  /** A server that announced itself: where to send what is meant for its key. */
  ROUTE,
  /** A signed value with a sequence number, found by the hash of its public key. */
  MUTABLE,
  /** A value found by its hash. */
  IMMUTABLE
}
