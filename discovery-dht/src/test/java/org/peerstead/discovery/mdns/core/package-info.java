/** Tests of discovery in the local network. */
@NullMarked
package org.peerstead.discovery.mdns.core;

import org.jspecify.annotations.NullMarked;
