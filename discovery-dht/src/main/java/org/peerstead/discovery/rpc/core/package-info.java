/**
 * A dht-rpc node as a state machine: routing table, requests with retries, queries, tokens, address
 * sampling, and the change from a node that only asks to one that serves others. Time comes in as
 * nanoseconds of a clock that never goes back, packets leave through {@link
 * org.peerstead.discovery.rpc.core.Transport}, chance and secrets are passed in. Nothing here is
 * thread-safe: one owner thread calls everything of one node.
 *
 * <p>Specification: {@code docs/protocols/hyperdht.md}; npm {@code dht-rpc} 6.27.0.
 */
@NullMarked
package org.peerstead.discovery.rpc.core;

import org.jspecify.annotations.NullMarked;
