/** Tests of the batches of Linux, over the sockets of this machine. */
@NullMarked
package org.peerstead.relay.net.linux;

import org.jspecify.annotations.NullMarked;
