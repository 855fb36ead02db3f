/**
 * A node of the distributed hash table (HyperDHT) that an organisation runs: a seed from which apps
 * with npm hyperdht 6 or hyperswarm 4 bootstrap, and the operator's view of it. Entry point: {@link
 * org.peerstead.dhtseed.DhtSeedService}, a bean; the node itself is {@link
 * org.peerstead.discovery.DhtNode} with one thread of its own.
 */
@NullMarked
package org.peerstead.dhtseed;

import org.jspecify.annotations.NullMarked;
