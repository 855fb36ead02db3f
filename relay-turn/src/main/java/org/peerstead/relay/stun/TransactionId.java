package org.peerstead.relay.stun;

/** The 96 bits that tell transactions apart. */
public record TransactionId(int high, long low) {}
