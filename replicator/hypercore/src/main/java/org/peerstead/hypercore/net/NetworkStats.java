package org.peerstead.hypercore.net;

import java.util.Map;

/**
 * Numbers of a {@link PeerNetwork} since its start.
 *
 * @param connections open now, those in their handshake included
 * @param accepted sockets that were accepted and not refused at once
 * @param dialled attempts to dial
 * @param bytesIn read from sockets
 * @param bytesOut handed to sockets
 * @param closed connections with a proven peer that are over, by reason
 * @param refused sockets and attempts that did not get so far, by reason
 */
public record NetworkStats(
    int connections,
    long accepted,
    long dialled,
    long bytesIn,
    long bytesOut,
    Map<CloseReason, Long> closed,
    Map<CloseReason, Long> refused) {}
