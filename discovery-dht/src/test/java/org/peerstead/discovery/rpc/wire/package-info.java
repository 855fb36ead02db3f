/** Tests of the packets of dht-rpc. */
@NullMarked
package org.peerstead.discovery.rpc.wire;

import org.jspecify.annotations.NullMarked;
