package org.peerstead.benchmarks.dht;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The command line of the DHT benchmark.
 *
 * @param peers whose nodes are measured, in this order
 * @param peersFolder folder with the npm side
 * @param attached ports and process ids of nodes that run already, {@code PORT:PID}
 * @param sampleSeconds length of one measured sample
 * @param warmupSeconds how long each kind of request is sent before it counts
 * @param samples measured samples, of which the median counts
 * @param window requests that are open at the same time
 * @param records announced records for the measurements of LOOKUP and memory
 * @param offered announced records of which is counted how many are still found
 * @param javaOptions for the process of our node, after those of the launcher
 */
record DhtOptions(
    List<String> peers,
    Path peersFolder,
    List<String> attached,
    int sampleSeconds,
    int warmupSeconds,
    int samples,
    int window,
    int records,
    int offered,
    List<String> javaOptions) {
  static final String USAGE =
      """
      Usage: benchmarks.jar dht [OPTION VALUE]...
        --peers LIST         of npm,peerstead,rocksdb,channels (default: npm,peerstead,rocksdb): our node with its records in memory
                             only, on disk as well, and without system calls for batches
        --peers-folder DIR   the npm side, with its packages installed (default: testing/interop/peers)
        --attach PORT:PID    measure a node of any kind that serves on 127.0.0.1 already; may be repeated
        --seconds N          length of a measured sample (default: 4)
        --warmup SECONDS     requests of each kind that do not count (default: 4)
        --samples N          samples, of which the median counts (default: 3)
        --window N           requests that are open at the same time, 1 to 512 (default: 256)
        --records N          records for LOOKUP and memory (default: 100000)
        --offered N          records of which is counted how many are still found (default: 150000)
        --java-option TEXT   for the process of our node; may be repeated
      """;

  /** Reads the command line; the message of the exception says what is wrong with it. */
  static DhtOptions parse(String[] arguments) {
    List<String> peers = List.of("npm", "peerstead", "rocksdb");
    Path peersFolder = Path.of("testing", "interop", "peers");
    List<String> attached = new ArrayList<>();
    int sampleSeconds = 4;
    int warmupSeconds = 4;
    int samples = 3;
    int window = 256;
    int records = 100_000;
    int offered = 150_000;
    List<String> javaOptions = new ArrayList<>();
    for (int i = 0; i < arguments.length; i += 2) {
      String value = i + 1 < arguments.length ? arguments[i + 1] : "";
      switch (arguments[i]) {
        case "--peers" -> peers = value.isEmpty() ? List.of() : List.of(value.split(",", -1));
        case "--peers-folder" -> peersFolder = Path.of(value);
        case "--attach" -> attached.add(value);
        case "--seconds" -> sampleSeconds = Integer.parseInt(value);
        case "--warmup" -> warmupSeconds = Integer.parseInt(value);
        case "--samples" -> samples = Integer.parseInt(value);
        case "--window" -> window = Integer.parseInt(value);
        case "--records" -> records = Integer.parseInt(value);
        case "--offered" -> offered = Integer.parseInt(value);
        case "--java-option" -> javaOptions.add(value);
        default -> throw new IllegalArgumentException("unknown option " + arguments[i]);
      }
    }
    for (String peer : peers) {
      if (!List.of("npm", "peerstead", "rocksdb", "channels").contains(peer)) {
        throw new IllegalArgumentException("unknown peer " + peer);
      }
    }
    if (window < 1 || window > 512 || records < 20 || offered < records) {
      throw new IllegalArgumentException("window 1 to 512, records 20 to the offered ones");
    }
    return new DhtOptions(
        peers,
        peersFolder.toAbsolutePath(),
        List.copyOf(attached),
        sampleSeconds,
        warmupSeconds,
        samples,
        window,
        records,
        offered,
        List.copyOf(javaOptions));
  }
}
