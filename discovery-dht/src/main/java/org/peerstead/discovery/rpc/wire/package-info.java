/**
 * Packets of npm {@code dht-rpc} 6 (version 3 on the wire) as records, and their codec. Nothing
 * here knows time, sockets or state.
 */
@NullMarked
package org.peerstead.discovery.rpc.wire;

import org.jspecify.annotations.NullMarked;
