/**
 * Finding peers: a HyperDHT node that npm {@code hyperdht} 6 and {@code hyperswarm} 4 take for one
 * of their own, and discovery in the local network. {@code rpc} is the Kademlia network below
 * ({@code dht-rpc}), {@code hyperdht} the commands above it, {@code store} what survives a restart,
 * {@code mdns} the local network, {@code net} the sockets. All but {@code net}, {@code mdns} and
 * {@code store.rocksdb} are state machines: bytes and time go in, packets and deadlines come out.
 *
 * <p>Specification: {@code docs/protocols/hyperdht.md}.
 */
@NullMarked
package org.peerstead.discovery;

import org.jspecify.annotations.NullMarked;
