/**
 * The sockets and the thread of a DHT node: the only room of this module that knows UDP, threads
 * and the clock.
 *
 * <p>One node has two sockets and one owner thread, the {@link
 * org.peerstead.discovery.net.NodeLoop}. Each turn takes a bounded batch of datagrams from the
 * sockets, hands them to the engine, runs timers and calls of other threads, writes what the engine
 * stored, and then sends all answers at once. {@link org.peerstead.discovery.net.DatagramSockets}
 * has two ways to the network: system calls for whole batches on 64-bit Linux, and channels of the
 * JDK everywhere else.
 */
@NullMarked
package org.peerstead.discovery.net;

import org.jspecify.annotations.NullMarked;
