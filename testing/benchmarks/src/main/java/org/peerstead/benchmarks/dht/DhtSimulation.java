package org.peerstead.benchmarks.dht;

import static org.peerstead.discovery.simulation.SimulatedDht.MINUTE;
import static org.peerstead.discovery.simulation.SimulatedDht.SECOND;

import java.util.Locale;
import org.peerstead.discovery.simulation.Churn;
import org.peerstead.discovery.simulation.NodeFigures;
import org.peerstead.discovery.simulation.NodeKind;
import org.peerstead.discovery.simulation.SimulatedDht;
import org.peerstead.discovery.simulation.SimulationSettings;
import org.peerstead.discovery.simulation.Workload;
import org.peerstead.simulation.network.LinkFaults;

/**
 * A network of thousands of nodes in one process and in virtual time: what lookups cost and find,
 * what a node sends, holds and needs. The nodes are those of the product, the network is simulated.
 * What must hold in every node is checked all the while; a broken invariant ends the run.
 */
public final class DhtSimulation {
  private static final String USAGE =
      """
      Usage: benchmarks.jar dht-simulation [OPTION VALUE]...
        --nodes N        nodes at a time (default: 10000)
        --warmup MINUTES virtual time that does not count (default: 30)
        --minutes N      virtual time that is measured (default: 60)
        --loss PERCENT   packets that get lost (default: 1)
        --seed NUMBER    decides everything left to chance (default: 1)
      """;
  private static final int CHECKED_NODES = 50;

  private DhtSimulation() {}

  private record Options(int nodes, int warmup, int minutes, double loss, long seed) {
    static Options parse(String[] arguments) {
      int nodes = 10_000;
      int warmup = 30;
      int minutes = 60;
      double loss = 1;
      long seed = 1;
      for (int i = 0; i < arguments.length; i += 2) {
        String value = i + 1 < arguments.length ? arguments[i + 1] : "";
        switch (arguments[i]) {
          case "--nodes" -> nodes = Integer.parseInt(value);
          case "--warmup" -> warmup = Integer.parseInt(value);
          case "--minutes" -> minutes = Integer.parseInt(value);
          case "--loss" -> loss = Double.parseDouble(value);
          case "--seed" -> seed = Long.parseLong(value);
          default -> throw new IllegalArgumentException("unknown option " + arguments[i]);
        }
      }
      return new Options(nodes, warmup, minutes, loss, seed);
    }
  }

  /** Runs a simulation and prints what was measured. */
  public static void main(String[] arguments) {
    Options options;
    try {
      options = Options.parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage() + "\n" + USAGE);
      System.exit(2);
      return;
    }
    run(options);
  }

  private static void run(Options options) {
    long emptyBytes = usedBytes();
    SimulatedDht dht =
        new SimulatedDht(
            SimulationSettings.of(
                options.seed(), LinkFaults.ORDINARY.withLoss(options.loss() / 100)));
    int nodes = options.nodes();
    Churn churn = new Churn(dht).ordinary();
    churn.populate(NodeKind.SERVER, nodes / 10, 10 * MINUTE);
    churn.populate(NodeKind.OPEN, nodes / 4, 10 * MINUTE);
    churn.populate(NodeKind.HIDDEN, nodes * 9 / 20, 10 * MINUTE);
    churn.populate(NodeKind.CLIENT, nodes / 5, 10 * MINUTE);
    // Every node announces half a topic, looks one up every ten minutes, and so on.
    Workload work =
        new Workload(dht, Math.max(nodes / 5, 1))
            .announceEvery(perNode(20 * MINUTE, nodes), nodes / 2)
            .lookUpEvery(perNode(10 * MINUTE, nodes))
            .putEvery(perNode(60 * MINUTE, nodes))
            .getEvery(perNode(20 * MINUTE, nodes));

    long started = System.nanoTime();
    advance(dht, work, options.warmup());
    work.outcomes().reset();
    dht.tally().reset();
    NodeFigures.begin(dht);
    long began = dht.nowNanos();
    long packetsBefore = dht.network().sent();
    long leftBefore = churn.left();
    advance(dht, work, options.minutes());

    double seconds = (System.nanoTime() - started) / 1e9;
    long packets = dht.network().sent();
    System.out.printf(
        Locale.ROOT,
        "%n%d nodes, %d min after %d min, loss %.1f %%, seed %d%n",
        dht.nodes().size(),
        options.minutes(),
        options.warmup(),
        options.loss(),
        options.seed());
    System.out.printf(
        Locale.ROOT,
        "%d nodes left and as many came, %d packets in the measured time, %d announced peers%n%n",
        churn.left() - leftBefore,
        packets - packetsBefore,
        work.liveAnnouncements());
    System.out.println(work.outcomes().report());
    System.out.println(NodeFigures.of(dht, began).report());
    System.out.println(dht.tally());
    System.out.printf(
        Locale.ROOT,
        "%nmemory %.1f KiB per node and everything around it; %.0f s for %d packets"
            + " (%.0f per second, %.0f times real time); %d looks at a node's invariants%n",
        (usedBytes() - emptyBytes) / 1024.0 / dht.nodes().size(),
        seconds,
        packets,
        packets / seconds,
        dht.nowNanos() / 1e9 / seconds,
        dht.invariants().checked());
  }

  private static long perNode(long nanos, int nodes) {
    return Math.max(nanos / nodes, 1);
  }

  private static void advance(SimulatedDht dht, Workload work, int minutes) {
    for (int minute = 0; minute < minutes; minute++) {
      for (int i = 0; i < 6; i++) {
        dht.runFor(10 * SECOND);
        dht.invariants().checkSome(CHECKED_NODES);
        work.checkEnds();
      }
      if (minute % 5 == 4) {
        System.out.printf(
            Locale.ROOT,
            "minute %d: %d nodes, %d packets%n",
            dht.nowNanos() / MINUTE,
            dht.nodes().size(),
            dht.network().sent());
      }
    }
    dht.invariants().check();
  }

  /** Memory that is still used after everything unreachable is gone. */
  private static long usedBytes() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
