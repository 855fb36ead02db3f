/**
 * DTLS for clients over UDP (RFC 7350): sessions beside the plain datagrams of the same port, told
 * apart by the first byte (RFC 7983). A shell that owns UDP listeners has one {@link
 * org.peerstead.relay.net.dtls.DatagramSessions} per loop and gives it what is DTLS.
 */
@NullMarked
package org.peerstead.relay.net.dtls;

import org.jspecify.annotations.NullMarked;
