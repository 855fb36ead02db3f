package org.peerstead.securestream.protomux;

import org.peerstead.securestream.encoding.Slice;

/**
 * What two ends have to agree on to share a channel. Immutable and thread-safe.
 *
 * @param protocol for example {@code hypercore/alpha}
 * @param id tells channels of one protocol apart; empty when there is only one
 */
public record ChannelName(String protocol, Slice id) {}
