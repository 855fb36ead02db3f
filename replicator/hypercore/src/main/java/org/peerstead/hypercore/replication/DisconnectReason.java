package org.peerstead.hypercore.replication;

/** Why a connection was ended by our side; fit for a metric label. */
public enum DisconnectReason {
  /** A message that does not decode. */
  MALFORMED,
  /** The multiplexer failed: channel ids, limits of unanswered opens. */
  PROTOMUX,
  /** The other side does not know the key of the core that it opened. */
  INVALID_CAPABILITY,
  /** Too many requests that nobody can answer. */
  INVALID_REQUESTS,
  /** More requests in the queue than allowed. */
  TOO_MANY_REQUESTS,
  /** Proofs that do not verify, again and again. */
  BAD_PROOFS,
  /** Answers that nobody asked for, again and again. */
  UNASKED_DATA,
  /** It says more about what it has, and takes it back, than any core has blocks. */
  ABSURD_RANGES,
  /** It does not read what we send. */
  SLOW_READER,
  /** We failed while we looked at what it sent. */
  INTERNAL_ERROR,
  /** A protocol handler or the owner ended it. */
  CLOSED
}
