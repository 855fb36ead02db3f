package org.peerstead.discovery.hyperdht.records;

import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Slice;

/**
 * A server that announced itself here.
 *
 * @param relay where its announce came from: what is meant for the server goes there
 * @param record the encoded peer record of the server
 */
public record Route(NodeAddress relay, Slice record) {}
