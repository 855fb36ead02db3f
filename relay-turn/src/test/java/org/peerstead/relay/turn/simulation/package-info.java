/**
 * Whole relays in virtual time: many clients and peers on a bad network, and a model of what RFC
 * 8656 and RFC 8016 allow that every single packet is held against.
 */
@NullMarked
package org.peerstead.relay.turn.simulation;

import org.jspecify.annotations.NullMarked;
