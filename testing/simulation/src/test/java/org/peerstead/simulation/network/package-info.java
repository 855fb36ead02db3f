/** Tests of the simulated network. */
@NullMarked
package org.peerstead.simulation.network;

import org.jspecify.annotations.NullMarked;
