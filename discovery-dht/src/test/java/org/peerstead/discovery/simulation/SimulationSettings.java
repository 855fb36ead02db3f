package org.peerstead.discovery.simulation;

import org.peerstead.discovery.hyperdht.records.RecordLimits;
import org.peerstead.simulation.network.LinkFaults;

/**
 * What a simulated network is like.
 *
 * @param seed decides everything that is left to chance
 * @param seeds number of nodes that everybody knows
 * @param limits of what each node stores
 * @param rememberedSources see {@code HyperdhtConfig}; small, since all nodes share one heap
 */
public record SimulationSettings(
    long seed, LinkFaults faults, int seeds, RecordLimits limits, int rememberedSources) {
  /** Five seeds and the default limits. */
  public static SimulationSettings of(long seed, LinkFaults faults) {
    return new SimulationSettings(seed, faults, 5, RecordLimits.DEFAULT, 64);
  }

  /** The same with another number of seeds. */
  public SimulationSettings withSeeds(int number) {
    return new SimulationSettings(seed, faults, number, limits, rememberedSources);
  }

  /** The same with other limits. */
  public SimulationSettings withLimits(RecordLimits newLimits) {
    return new SimulationSettings(seed, faults, seeds, newLimits, rememberedSources);
  }
}
