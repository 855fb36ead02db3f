package org.peerstead.benchmarks;

import java.util.Arrays;
import org.peerstead.benchmarks.cores.CoreChild;
import org.peerstead.benchmarks.dht.DhtComparison;
import org.peerstead.benchmarks.dht.DhtSimulation;
import org.peerstead.benchmarks.dht.RecordFigures;
import org.peerstead.benchmarks.engine.EngineComparison;
import org.peerstead.benchmarks.relay.RelayComparison;

/** Entry point of {@code benchmarks.jar}: chooses the run by its first argument. */
public final class Benchmarks {
  private Benchmarks() {}

  /**
   * Runs the benchmark named by the first argument; the rest belongs to that benchmark.
   *
   * @throws Exception when the run cannot be carried out
   */
  public static void main(String[] arguments) throws Exception {
    String name = arguments.length == 0 ? "" : arguments[0];
    String[] rest = Arrays.copyOfRange(arguments, Math.min(1, arguments.length), arguments.length);
    switch (name) {
      case "engine" -> EngineComparison.main(rest);
      case "dht" -> DhtComparison.main(rest);
      case "dht-records" -> RecordFigures.main(rest);
      case "dht-simulation" -> DhtSimulation.main(rest);
      case "relay" -> RelayComparison.main(rest);
      case "core-child" -> CoreChild.main(rest);
      case "jmh" -> org.openjdk.jmh.Main.main(rest);
      default -> {
        System.err.println(
            """
            Usage: java -jar benchmarks.jar COMMAND ...
              engine --traces DIR   the CRDT engine beside other CRDT libraries (engine --help)
              dht                   the DHT node beside npm hyperdht (dht --help)
              dht-records [NUMBER]  time and memory of the records of a DHT node, without network
              dht-simulation        thousands of DHT nodes in virtual time (dht-simulation --help)
              relay                 the TURN relay beside coturn (relay --help)
              core-child MODE ...   our side of testing/interop/peers/bench-hypercore.mjs, which starts it
              jmh [PATTERN] ...     JMH benchmarks, for example: jmh RemoteChangeBench -prof gc\
            """);
        System.exit(2);
      }
    }
  }
}
