/**
 * What a DHT node keeps over a restart, as a port: {@link org.peerstead.discovery.store.DhtStore},
 * and the implementation in memory. HyperDHT knows no persistence; the layout is our own.
 */
@NullMarked
package org.peerstead.discovery.store;

import org.jspecify.annotations.NullMarked;
