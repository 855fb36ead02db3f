/**
 * Tests against other people's peers: the npm packages {@code @automerge/automerge} 3.5.0 and
 * {@code @automerge/automerge-repo} 2.5.6 in Node.js processes, and the packaged Peerstead node in
 * a process of its own. Everything is bound to loopback.
 *
 * <p>{@link org.peerstead.interop.PinnedPeers} installs the packages, {@link
 * org.peerstead.interop.EnginePeer} drives the engine of the npm package, {@link
 * org.peerstead.interop.RepoClients} drives automerge-repo clients, {@link
 * org.peerstead.interop.PeersteadNode} and {@link org.peerstead.interop.ReferenceServer} are the
 * servers they talk to.
 *
 * <p>For the DHT, {@link org.peerstead.interop.NpmDht} has nodes, clients and servers of npm
 * hyperdht 6.34.0, {@link org.peerstead.interop.PeersteadDht} our own, {@link
 * org.peerstead.interop.DhtProgram} runs the programs that check a network step by step, and {@link
 * org.peerstead.interop.RawDhtHost} sends what no honest node sends.
 */
@NullMarked
package org.peerstead.interop;

import org.jspecify.annotations.NullMarked;
