/**
 * The DHT node beside npm {@code hyperdht}: one load generator that speaks the protocol to any DHT
 * node over UDP, and what the node's process needs for it in processor time and memory.
 *
 * <p>Entry: {@link org.peerstead.benchmarks.dht.DhtComparison}. {@link
 * org.peerstead.benchmarks.dht.DhtChild} is our side, {@code
 * testing/interop/peers/bench-hyperdht.mjs} that of npm. {@link
 * org.peerstead.benchmarks.dht.RecordFigures} looks at the stored records alone.
 */
@NullMarked
package org.peerstead.benchmarks.dht;

import org.jspecify.annotations.NullMarked;
