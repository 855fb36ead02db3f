/** Tests of DTLS against the clients of Bouncy Castle and OpenSSL. */
@NullMarked
package org.peerstead.relay.net.dtls;

import org.jspecify.annotations.NullMarked;
