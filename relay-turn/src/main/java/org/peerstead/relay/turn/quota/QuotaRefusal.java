package org.peerstead.relay.turn.quota;

/** Which limit an allocation met. */
public enum QuotaRefusal implements QuotaResult {
  /** Of the user id: 486 (RFC 8656 section 7.2). */
  USER,

  /** Of the client's address or /64: 486. */
  SOURCE,

  /** Of the whole relay: 508. */
  TOTAL
}
