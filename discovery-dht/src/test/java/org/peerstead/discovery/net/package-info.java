/** Sockets and the owner thread, on the loopback interface. */
@NullMarked
package org.peerstead.discovery.net;

import org.jspecify.annotations.NullMarked;
