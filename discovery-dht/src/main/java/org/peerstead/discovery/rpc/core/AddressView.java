package org.peerstead.discovery.rpc.core;

import org.jspecify.annotations.Nullable;

/**
 * What a node knows of its own address.
 *
 * @param host the host that enough other nodes see, {@code a.b.c.d}, null when they do not agree
 * @param port the port that enough of them see; 0 when it changes from node to node
 * @param samples number of observations that this rests on
 * @param firewalled whether strangers are assumed not to reach the server socket
 * @param ephemeral whether the node only asks and serves nobody
 */
public record AddressView(
    @Nullable String host, int port, int samples, boolean firewalled, boolean ephemeral) {}
