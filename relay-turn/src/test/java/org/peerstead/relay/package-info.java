/** A whole relay over the sockets of this machine. */
@NullMarked
package org.peerstead.relay;

import org.jspecify.annotations.NullMarked;
