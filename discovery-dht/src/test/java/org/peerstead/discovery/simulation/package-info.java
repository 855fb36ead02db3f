/**
 * Whole networks of {@link org.peerstead.discovery.hyperdht.core.HyperdhtNode} in virtual time:
 * population, churn, work, attackers, and what must hold all the while.
 *
 * <p>Entry type: {@link org.peerstead.discovery.simulation.SimulatedDht}. The tests here run
 * hundreds of nodes; {@code DhtSimulation} of the benchmarks runs ten thousand with the same
 * classes. One seed gives one run.
 */
@NullMarked
package org.peerstead.discovery.simulation;

import org.jspecify.annotations.NullMarked;
