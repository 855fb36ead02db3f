/**
 * Allocations, permissions and channels (RFC 8656) as a state machine: bytes and time in, bytes and
 * deadlines out. Sockets, threads and clocks belong to the shells in {@code net}, which drive a
 * {@link org.peerstead.relay.turn.RelayEngine} each and implement {@link
 * org.peerstead.relay.turn.DatagramOutput} and {@link org.peerstead.relay.turn.RelaySockets} for
 * it.
 */
@NullMarked
package org.peerstead.relay.turn;

import org.jspecify.annotations.NullMarked;
