package org.peerstead.discovery.simulation;

import static org.peerstead.discovery.simulation.SimulatedDht.MINUTE;
import static org.peerstead.discovery.simulation.SimulatedDht.SECOND;

/** A network of some hundred nodes, of which two in five serve, and its work: what tests need. */
record Town(SimulatedDht dht, Churn churn, Workload work) {
  private static final long CHECK_NANOS = 30 * SECOND;

  /** A town in which nothing has happened yet. */
  static Town of(SimulationSettings settings, int size) {
    SimulatedDht dht = new SimulatedDht(settings);
    Churn churn = new Churn(dht);
    churn.populate(NodeKind.SERVER, size / 5, MINUTE);
    churn.populate(NodeKind.OPEN, size / 5, MINUTE);
    churn.populate(NodeKind.HIDDEN, 2 * size / 5, MINUTE);
    churn.populate(NodeKind.CLIENT, size / 5, MINUTE);
    Workload work =
        new Workload(dht, size / 4)
            .announceEvery(2 * SECOND, size / 2)
            .lookUpEvery(SECOND / 2)
            .putEvery(10 * SECOND)
            .getEvery(4 * SECOND);
    return new Town(dht, churn, work);
  }

  /** Lets time pass, and checks what must hold at every node every half minute. */
  void run(long nanos) {
    for (long left = nanos; left > 0; left -= CHECK_NANOS) {
      dht.runFor(Math.min(left, CHECK_NANOS));
      dht.invariants().check();
      work.checkEnds();
    }
  }

  /** The outcomes of the next {@code nanos}. */
  Outcomes outcomesOf(long nanos) {
    work.outcomes().reset();
    run(nanos);
    // Whatever began before the end may still need a second try.
    return work.outcomes();
  }

  /** For a failing assertion: how to see it again, and what else was measured. */
  String describe(String scenario) {
    return scenario
        + ", seed "
        + dht.settings().seed()
        + "\n"
        + work.outcomes().report()
        + dht.tally();
  }
}
