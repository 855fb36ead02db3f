/**
 * A HyperDHT node as a state machine: answers the commands of others out of a {@link
 * org.peerstead.discovery.hyperdht.records.RecordBook}, passes handshakes and hole punch messages
 * on, and asks other nodes in turn. Entry point: {@link
 * org.peerstead.discovery.hyperdht.core.HyperdhtNode}. Time comes in as nanoseconds of a clock that
 * never goes back, wall time through a port, packets leave through {@link
 * org.peerstead.discovery.rpc.core.Transport}. Nothing here is thread-safe: one owner thread calls
 * everything of one node.
 *
 * <p>Specification: {@code docs/protocols/hyperdht.md}; npm {@code hyperdht} 6.34.0.
 */
@NullMarked
package org.peerstead.discovery.hyperdht.core;

import org.jspecify.annotations.NullMarked;
