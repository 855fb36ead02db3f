package org.peerstead.discovery.rpc.core;

import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * A node of the routing table.
 *
 * @param bucket length of the common prefix of its id and ours in bits, 0 to 255
 * @param addedNanos when it entered the table
 * @param seenNanos when it was last heard of
 */
public record NodeInfo(
    NodeAddress address, Fixed32 id, int bucket, long addedNanos, long seenNanos) {}
