package org.peerstead.relay.stun;

/**
 * The 96 bits that tell transactions apart (RFC 8489 section 5).
 *
 * @param high the first four bytes
 * @param low the last eight bytes
 */
public record TransactionId(int high, long low) {}
