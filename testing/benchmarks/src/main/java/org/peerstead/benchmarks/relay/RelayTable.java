package org.peerstead.benchmarks.relay;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * The figures of several servers as Markdown; the first one is what the others are compared with.
 */
final class RelayTable {
  private static final double BURST_BAR = 0.45;
  private static final double SINGLE_BAR = 0.75;
  private static final double ALLOCATION_BAR = 2;
  private static final double MEMORY_BAR = 0.3;

  private final RelayOptions options;
  private final List<ServerFigures> servers;
  private final StringBuilder text = new StringBuilder();

  RelayTable(RelayOptions options, List<ServerFigures> servers) {
    this.options = options;
    this.servers = servers;
  }

  String render() {
    if (options.parts().contains(RelayOptions.TRAFFIC)) {
      traffic();
    }
    if (options.parts().contains(RelayOptions.ALLOCATIONS)) {
      allocations();
    }
    if (options.parts().contains(RelayOptions.MEMORY)) {
      memory();
    }
    if (options.parts().contains(RelayOptions.FLOOD)) {
      flood();
    }
    return text.toString();
  }

  private void line(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values));
  }

  private void head(String first) {
    line("%n| %s |", first);
    servers.forEach(server -> line(" %s |", server.name()));
    servers.stream().skip(1).forEach(server -> line(" ratio of %s |", server.name()));
    line(" bar |%n|---|%s%n", "---:|".repeat(2 * servers.size()));
  }

  private void ratios(List<Double> values, String bar) {
    for (double value : values.subList(1, values.size())) {
      line(" %.2f |", value / values.getFirst());
    }
    line(" %s |%n", bar);
  }

  private void traffic() {
    head("CPU seconds per million packets (loss; p50, p99 us)");
    for (Load load : options.loads()) {
      line("| %s |", load.title());
      List<TrafficFigures> all = servers.stream().map(server -> server.traffic(load)).toList();
      all.forEach(figures ->
          line(
              " %.2f (%.3f %%; %.0f, %.0f%s) |",
              figures.cpuPerMillion(),
              figures.lossShare() * 100,
              figures.medianMicros(),
              figures.p99Micros(),
              faults(figures)));
      double bar = load.burst() > 1 ? BURST_BAR : SINGLE_BAR;
      ratios(
          all.stream().map(TrafficFigures::cpuPerMillion).toList(),
          String.format(Locale.ROOT, "<= %.2f", bar));
    }
    line("| cold: %s |", options.loads().getFirst().title());
    List<TrafficFigures> cold =
        servers.stream().map(server -> TrafficFigures.median(server.cold)).toList();
    cold.forEach(figures ->
        line(
            " %.2f (%.3f %%; %.0f, %.0f) |",
            figures.cpuPerMillion(),
            figures.lossShare() * 100,
            figures.medianMicros(),
            figures.p99Micros()));
    ratios(cold.stream().map(TrafficFigures::cpuPerMillion).toList(), "");
  }

  /** What makes a sample doubtful: a late generator, or one that lost packets itself. */
  private static String faults(TrafficFigures figures) {
    String late =
        figures.lateMicros() > 1_000
            ? String.format(Locale.ROOT, "; sent %.0f us late", figures.lateMicros())
            : "";
    return figures.generatorDrops() > 0
        ? String.format(Locale.ROOT, "%s; %.0f lost here", late, figures.generatorDrops())
        : late;
  }

  private void allocations() {
    head("allocations");
    line("| a second (CPU us each) |");
    List<Double> rates =
        servers.stream()
            .map(server ->
                TrafficFigures.median(server.allocations, ServerFigures.Allocations::perSecond))
            .toList();
    for (int i = 0; i < servers.size(); i++) {
      line(
          " %,.0f (%.0f) |",
          rates.get(i),
          TrafficFigures.median(servers.get(i).allocations, ServerFigures.Allocations::cpuMicros));
    }
    ratios(rates, String.format(Locale.ROOT, ">= %.1f", ALLOCATION_BAR));
  }

  private void memory() {
    head("idle allocations, resident bytes each (process before, with them, MiB)");
    for (int count : options.idle()) {
      line("| %,d |", count);
      servers.forEach(server ->
          line(
              " %,.0f (%.0f, %.0f) |",
              server.bytesPerAllocation(count),
              server.residentBytes.getOrDefault(0, 0L) / 1048576.0,
              server.residentBytes.getOrDefault(count, 0L) / 1048576.0));
      ratios(
          servers.stream().map(server -> server.bytesPerAllocation(count)).toList(),
          String.format(Locale.ROOT, "<= %.2f", MEMORY_BAR));
    }
  }

  private void flood() {
    line("%n| flood of %,d sources |", options.sources());
    servers.forEach(server -> line(" %s |", server.name()));
    line("%n|---|%s%n| resident before, after, MiB |", "---:|".repeat(servers.size()));
    each(flooded ->
        String.format(
            Locale.ROOT,
            "%.1f, %.1f",
            flooded.memoryBefore() / 1048576.0,
            flooded.memoryAfter() / 1048576.0));
    line("| answered; bytes out for each byte in |");
    each(flooded ->
        String.format(
            Locale.ROOT, "%.0f %%; %.2f", flooded.answered() * 100, flooded.amplification()));
    line("| CPU us a request |");
    each(flooded -> String.format(Locale.ROOT, "%.1f", flooded.cpuMicros()));
    line("| a user's loss; p50, p99 us without it |");
    each(flooded -> user(flooded.quiet()));
    line("| the same during it |");
    each(flooded -> user(flooded.user()));
  }

  private static String user(TrafficFigures figures) {
    return String.format(
        Locale.ROOT,
        "%.3f %%; %.0f, %.0f",
        figures.lossShare() * 100,
        figures.medianMicros(),
        figures.p99Micros());
  }

  private void each(Function<ServerFigures.Flooded, String> cell) {
    servers.forEach(server -> server.floods.forEach(flooded -> line(" %s |", cell.apply(flooded))));
    line("%n");
  }
}
