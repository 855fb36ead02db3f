/**
 * A STUN and TURN relay (RFC 8489, RFC 8656) as a library: {@link org.peerstead.relay.RelayServer}
 * with its configuration and what it tells. The rooms below it: {@code stun} the messages, {@code
 * auth} the credentials, {@code turn} the state machine, {@code net} sockets and threads.
 */
@NullMarked
package org.peerstead.relay;

import org.jspecify.annotations.NullMarked;
