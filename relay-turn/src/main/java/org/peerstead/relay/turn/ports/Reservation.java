package org.peerstead.relay.turn.ports;

import org.peerstead.relay.stun.IpFamily;

/**
 * A relayed port that waits for its second Allocate request (RFC 8656 section 7.2).
 *
 * @param username who may have it
 * @param port taken from the pool of its family; whoever gets this record owes it to the pool
 */
public record Reservation(String username, IpFamily family, int port) {}
