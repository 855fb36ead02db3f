package org.peerstead.relay.stun;

/** Writes a message (RFC 8489 section 5). Not thread-safe. */
public final class StunWriter {}
