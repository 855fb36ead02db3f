/** Tests of STUN messages against RFC 5769 and RFC 8489, and against hostile bytes. */
@NullMarked
package org.peerstead.relay.stun;

import org.jspecify.annotations.NullMarked;
