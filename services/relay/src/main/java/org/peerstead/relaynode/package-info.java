/**
 * A STUN and TURN relay that an organisation runs for its WebRTC apps, and the operator's view of
 * it. Entry point: {@link org.peerstead.relaynode.RelayService}, a bean; the relay itself is {@link
 * org.peerstead.relay.RelayServer} with threads of its own.
 */
@NullMarked
package org.peerstead.relaynode;

import org.jspecify.annotations.NullMarked;
