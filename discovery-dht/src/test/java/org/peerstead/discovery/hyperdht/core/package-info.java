/** Tests of the HyperDHT node. */
@NullMarked
package org.peerstead.discovery.hyperdht.core;

import org.jspecify.annotations.NullMarked;
