package org.peerstead.relay.turn;

/** What a client holds at the relay (RFC 8656 section 3.2). */
final class Allocation {}
