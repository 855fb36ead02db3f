package org.peerstead.discovery;

import org.peerstead.discovery.hyperdht.wire.HolepunchPayload;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/**
 * What a server said to a hole punch message.
 *
 * @param payload as the server sealed it
 * @param server where its answer came from, as the relay saw it
 * @param client this node as the relay saw it
 */
public record HolepunchAnswer(HolepunchPayload payload, NodeAddress server, NodeAddress client) {}
