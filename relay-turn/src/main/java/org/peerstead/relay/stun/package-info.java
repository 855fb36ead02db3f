/**
 * STUN messages and TURN's ChannelData: reading, writing, integrity and fingerprint (RFC 8489, RFC
 * 8656 sections 12 and 18). Pure functions over bytes: no clock, no chance, no sockets.
 */
@NullMarked
package org.peerstead.relay.stun;

import org.jspecify.annotations.NullMarked;
