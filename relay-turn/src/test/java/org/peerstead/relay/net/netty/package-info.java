/** Tests of the Netty shell over real sockets of the loopback interface. */
@NullMarked
package org.peerstead.relay.net.netty;

import org.jspecify.annotations.NullMarked;
