/** Tests of the stores of a DHT node. */
@NullMarked
package org.peerstead.discovery.store;

import org.jspecify.annotations.NullMarked;
