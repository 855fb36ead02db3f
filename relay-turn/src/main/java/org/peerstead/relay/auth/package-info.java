/**
 * Who may use the relay: long-term credentials of STUN (RFC 8489 section 9.2), time-limited ones of
 * the TURN REST convention, OAuth tokens (RFC 7635), and nonces that need no memory.
 */
@NullMarked
package org.peerstead.relay.auth;

import org.jspecify.annotations.NullMarked;
