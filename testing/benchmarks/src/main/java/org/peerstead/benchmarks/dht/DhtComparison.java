package org.peerstead.benchmarks.dht;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.peerstead.benchmarks.dht.NodeFigures.Rate;

/**
 * Runs our DHT node beside npm hyperdht: one command, one run, each node in a process of its own on
 * loopback, one after the other, under the same load. Prints a Markdown table. Runs on Linux.
 */
public final class DhtComparison {
  private static final double MEMORY_BAR = 0.35;

  /** How {@code ./peerstead up} starts a node. */
  private static final List<String> LAUNCHER_OPTIONS =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-XX:+UseCompactObjectHeaders",
          "-XX:+UseG1GC",
          "-Xms32m",
          "-XX:GCTimeRatio=4",
          "-XX:G1HeapRegionSize=1m");

  private DhtComparison() {}

  /**
   * Runs the benchmark.
   *
   * @throws Exception when a node cannot be started or does not answer as it should
   */
  public static void main(String[] arguments) throws Exception {
    if (List.of(arguments).contains("--help")) {
      System.out.print(DhtOptions.USAGE);
      return;
    }
    DhtOptions options;
    try {
      options = DhtOptions.parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.err.print(DhtOptions.USAGE);
      System.exit(2);
      return;
    }
    List<NodeFigures> measured = new ArrayList<>();
    for (String peer : options.peers()) {
      Path folder = Files.createTempDirectory("peerstead-dht-bench");
      try (ServerProcess server = ServerProcess.start(command(peer, options, folder))) {
        measured.add(NodeRun.measure(options, peer, server));
      } finally {
        delete(folder);
      }
    }
    for (String address : options.attached()) {
      try (ServerProcess server = ServerProcess.attach(address)) {
        measured.add(NodeRun.measure(options, address, server));
      }
    }
    System.out.print(render(options, measured));
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> entries = Files.walk(folder)) {
      for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(entry);
      }
    }
  }

  private static List<String> command(String peer, DhtOptions options, Path folder)
      throws IOException {
    String port = Integer.toString(freePort());
    if (peer.equals("npm")) {
      return List.of(
          "node",
          "--expose-gc",
          options.peersFolder().resolve("bench-hyperdht.mjs").toString(),
          port);
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(LAUNCHER_OPTIONS);
    command.addAll(options.javaOptions());
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(DhtChild.class.getName());
    command.add(port);
    command.add(peer.equals("channels") ? "CHANNELS" : "LINUX_BATCHES");
    if (peer.equals("rocksdb")) {
      command.add(folder.toString());
    }
    return command;
  }

  private static int freePort() throws IOException {
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** The tables; the first node is what the others are compared with. */
  static String render(DhtOptions options, List<NodeFigures> measured) {
    StringBuilder text = new StringBuilder();
    NodeFigures reference = measured.getFirst();
    text.append("| requests per second of processor time |");
    measured.forEach(node -> text.append(' ').append(node.name()).append(" |"));
    measured.stream()
        .skip(1)
        .forEach(node -> text.append(' ').append(node.name()).append(" ratio |"));
    text.append(" bar |\n|---|").append("---:|".repeat(2 * measured.size())).append('\n');
    for (DhtWorkload workload : DhtWorkload.values()) {
      text.append("| ").append(workload.title()).append(" |");
      for (NodeFigures node : measured) {
        Rate rate = node.rate(workload);
        text.append(
            String.format(
                Locale.ROOT,
                " %,.0f (%,.0f-%,.0f; wall %,.0f/s; %d lost) |",
                rate.perCpuSecond(),
                rate.slowest(),
                rate.fastest(),
                rate.perSecond(),
                rate.lost()));
      }
      for (NodeFigures node : measured.subList(1, measured.size())) {
        text.append(
            String.format(
                Locale.ROOT,
                " %.2f |",
                node.rate(workload).perCpuSecond() / reference.rate(workload).perCpuSecond()));
      }
      text.append(String.format(Locale.ROOT, " >= %.1f |%n", workload.bar()));
    }
    text.append("| heap per 100,000 records, MiB |");
    measured.forEach(
        node -> text.append(String.format(Locale.ROOT, " %.1f |", heapMiB(node, options))));
    measured.stream()
        .skip(1)
        .forEach(node ->
            text.append(
                String.format(
                    Locale.ROOT, " %.2f |", heapMiB(node, options) / heapMiB(reference, options))));
    text.append(String.format(Locale.ROOT, " <= %.2f |%n", MEMORY_BAR));
    text.append("| memory of the process with them (before), MiB |");
    measured.forEach(node ->
        text.append(
            String.format(
                Locale.ROOT,
                " %.0f (%.0f) |",
                node.residentBytes() / 1048576.0,
                node.emptyResidentBytes() / 1048576.0)));
    text.append(" |".repeat(measured.size())).append('\n');
    text.append(String.format(Locale.ROOT, "| found of %,d records |", options.offered()));
    measured.forEach(node -> text.append(String.format(Locale.ROOT, " %,d |", node.found())));
    return text.append(" |".repeat(measured.size())).append('\n').toString();
  }

  private static double heapMiB(NodeFigures node, DhtOptions options) {
    return node.heapBytes() / 1048576.0 * 100_000 / options.records();
  }
}
