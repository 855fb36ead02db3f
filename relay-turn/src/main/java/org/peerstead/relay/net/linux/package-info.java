/**
 * UDP on 64-bit Linux through system calls that carry many datagrams at once, called with the
 * foreign function interface of the JDK.
 *
 * <p>A loop waits with {@code epoll}, receives with {@code recvmmsg} into one ring of memory, lets
 * the engine point into that memory, and sends everything that a round produced before the ring is
 * used again: datagrams of one flow and one size as one buffer that the kernel cuts ({@code
 * UDP_SEGMENT}), the rest with {@code sendmmsg}. Nothing is copied and nothing is allocated per
 * packet. Listeners exist once per loop ({@code SO_REUSEPORT}), so that loops share nothing.
 */
@NullMarked
package org.peerstead.relay.net.linux;

import org.jspecify.annotations.NullMarked;
