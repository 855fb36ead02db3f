/** Tests of relayed ports. */
@NullMarked
package org.peerstead.relay.turn.ports;

import org.jspecify.annotations.NullMarked;
