/**
 * Relayed ports: which are free, in use, resting or reserved (RFC 8656 sections 7.2 and 14.8).
 * Entry types: {@link org.peerstead.relay.turn.ports.PortPool}, {@link
 * org.peerstead.relay.turn.ports.Reservations}.
 */
@NullMarked
package org.peerstead.relay.turn.ports;

import org.jspecify.annotations.NullMarked;
