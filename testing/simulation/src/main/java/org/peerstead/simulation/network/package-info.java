/**
 * A network of UDP hosts in virtual time: delays, loss, duplicates, reordering, partitions and
 * network address translators, all drawn from one seed, so that a run can be repeated packet by
 * packet.
 *
 * <p>Entry point: {@link org.peerstead.simulation.network.UdpNetwork}. What runs on a host is a
 * {@link org.peerstead.simulation.network.NetworkProgram}. Made for tens of thousands of hosts and
 * tens of millions of packets in one process: queues are arrays of numbers, and a packet between
 * hosts with public addresses costs no memory beyond its content. Translation follows the terms of
 * RFC 4787. Nothing here is thread-safe.
 */
@NullMarked
package org.peerstead.simulation.network;

import org.jspecify.annotations.NullMarked;
