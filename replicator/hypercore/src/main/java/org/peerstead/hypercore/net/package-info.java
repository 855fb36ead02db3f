/**
 * Connections over TCP: the only room with Netty, sockets and threads.
 *
 * <p>Two kinds of threads. An event loop has the sockets of its connections and their {@link
 * org.peerstead.securestream.stream.SecretStream}: framing and cryptography. One owner thread, the
 * {@link org.peerstead.hypercore.net.Mailbox}, has everything else. What crosses does so in
 * batches, one per read of a socket and one per turn of the owner, and is limited in bytes each
 * way.
 *
 * <p>Entry: {@link org.peerstead.hypercore.net.PeerNetwork}. What peers do wrong is counted and
 * told to the owner with a {@link org.peerstead.hypercore.net.CloseReason}, and logged at DEBUG
 * only.
 *
 * <p>Spec: npm {@code @hyperswarm/secret-stream} 6.9.2 over TCP.
 */
@NullMarked
package org.peerstead.hypercore.net;

import org.jspecify.annotations.NullMarked;
