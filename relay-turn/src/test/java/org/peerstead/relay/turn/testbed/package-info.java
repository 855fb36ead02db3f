/** Engines with sockets of memory and time in hand, and clients that talk to them. */
@NullMarked
package org.peerstead.relay.turn.testbed;

import org.jspecify.annotations.NullMarked;
