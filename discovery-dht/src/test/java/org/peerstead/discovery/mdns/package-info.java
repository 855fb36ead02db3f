/** Tests of discovery in the local network. */
@NullMarked
package org.peerstead.discovery.mdns;

import org.jspecify.annotations.NullMarked;
