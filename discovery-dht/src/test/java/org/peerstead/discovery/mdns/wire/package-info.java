/** Tests of discovery in the local network. */
@NullMarked
package org.peerstead.discovery.mdns.wire;

import org.jspecify.annotations.NullMarked;
