/**
 * The shell that the JDK's sockets can carry on every system: clients over TCP and TLS (RFC 8656
 * section 3.1, RFC 7443), TCP peers (RFC 6062), and UDP where the Linux shell cannot run. {@link
 * org.peerstead.relay.net.netty.NettyRelayLoops} starts it.
 *
 * <p>Each event loop drives one engine. Netty moves the bytes of streams; datagrams go straight
 * through the JDK's channels on the same loops, so that they leave while the memory they stand in
 * is still borrowed.
 */
@NullMarked
package org.peerstead.relay.net.netty;

import org.jspecify.annotations.NullMarked;
