/** Tests of the values of HyperDHT commands. */
@NullMarked
package org.peerstead.discovery.hyperdht.wire;

import org.jspecify.annotations.NullMarked;
