package org.peerstead.discovery.rpc.core;

import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Response;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * An answer to one of our requests.
 *
 * @param id the id of the answering node when it sent one that fits its address, else null
 * @param roundTripNanos time since the last sending
 */
public record Reply(
    Response response, NodeAddress from, @Nullable Fixed32 id, long roundTripNanos) {}
