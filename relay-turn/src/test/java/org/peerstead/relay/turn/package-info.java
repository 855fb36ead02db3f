/** Tests of the state machine, without sockets and with time in hand. */
@NullMarked
package org.peerstead.relay.turn;

import org.jspecify.annotations.NullMarked;
