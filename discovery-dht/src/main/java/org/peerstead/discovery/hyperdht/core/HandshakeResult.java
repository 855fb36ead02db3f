package org.peerstead.discovery.hyperdht.core;

import org.peerstead.discovery.hyperdht.wire.NoisePayload;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.noise.NoiseSession;

/**
 * A handshake that a server answered.
 *
 * @param session the keys, and the server's key, which is the one that was asked for
 * @param payload what the server says about itself
 * @param relay the node through which it was reached, or the server itself
 * @param server where the server's answer came from, as the relay saw it
 * @param client this node as the relay saw it
 * @param isRelayed whether {@code relay} is another node than the server
 */
public record HandshakeResult(
    NoiseSession session,
    NoisePayload payload,
    NodeAddress relay,
    NodeAddress server,
    NodeAddress client,
    boolean isRelayed) {}
