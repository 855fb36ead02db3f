/** Tests of whom a client may reach. */
@NullMarked
package org.peerstead.relay.turn.policy;

import org.jspecify.annotations.NullMarked;
