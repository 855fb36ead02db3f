/**
 * The relay beside coturn: a load generator that speaks TURN (RFC 8656) to any server on this
 * machine, and what the server's process needs for it in processor time and memory.
 *
 * <p>Entry: {@link org.peerstead.benchmarks.relay.RelayComparison}. The generator shares no code
 * with the relay, so that an error of ours shows here. Linux only: it sends and receives in batches
 * and gives each client an address of its own in 127.0.0.0/8.
 */
@NullMarked
package org.peerstead.benchmarks.relay;

import org.jspecify.annotations.NullMarked;
