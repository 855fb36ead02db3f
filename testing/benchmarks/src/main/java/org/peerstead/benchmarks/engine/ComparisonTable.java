package org.peerstead.benchmarks.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Renders measurements as the Markdown tables of {@code docs/performance.md}. */
final class ComparisonTable {
  private final List<Measurement> measurements;
  private final List<Peer> peers;
  private final ComparisonOptions options;

  ComparisonTable(List<Measurement> measurements, ComparisonOptions options) {
    this.measurements = measurements;
    this.peers = options.peers();
    this.options = options;
  }

  /**
   * A column: one way of using one peer, and which variant that is where a scenario has several.
   */
  private record Column(Peer peer, String title, String way) {}

  private static final List<Column> COLUMNS =
      List.of(
          new Column(Peer.AUTOMERGE, "npm Automerge, JS API", "api"),
          new Column(Peer.AUTOMERGE, "npm Automerge, WASM core", "core"),
          new Column(Peer.JNI, "Automerge JNI", ""),
          new Column(Peer.YJS, "Yjs", ""),
          new Column(Peer.LORO, "Loro", ""),
          new Column(Peer.PEERSTEAD, "Peerstead", ""));

  private interface Cell {
    String render(Column column);
  }

  /** All tables. */
  String render() {
    StringBuilder out = new StringBuilder();
    header(out, "CPU time: warm (first run of the process)");
    row(out, "Local editing, one transaction", c -> runs(c, "local-one", c.way()));
    row(out, "Local editing, one transaction per edit", c -> runs(c, "local-each", c.way()));
    row(
        out,
        "Same, each transaction also encoded for others",
        c ->
            c.peer() == Peer.YJS || c.peer() == Peer.LORO
                ? runs(c, "local-each", "updates")
                : runs(c, "local-each", c.way()));
    row(out, "Applying all changes at once", c -> runs(c, "apply-all", c.way()));
    row(out, "Load, made in one transaction", c -> loads(c, "load", "one"));
    row(out, "Load, made in one transaction per edit", c -> loads(c, "load", "many"));
    row(out, "Same, in a JVM with -Xmx100m", c -> loads(c, "load-100m", "many"));
    row(out, "Save, made in one transaction", c -> runs(c, "save", coreOnly(c, "one")));
    row(out, "Save, made in one transaction per edit", c -> runs(c, "save", coreOnly(c, "many")));
    row(
        out,
        "Merge of two documents, " + options.divergedChanges() + " changes each",
        c -> runs(c, "merge", coreOnly(c, "diverged")));
    for (String trace : options.concurrent()) {
      row(out, "Applying all changes of " + trace, c -> runs(c, "concurrent", coreOnly(c, trace)));
    }
    for (int count : options.orphanCounts()) {
      row(
          out,
          count + " changes, one by one, last one first",
          c -> orphans(c, coreOnly(c, Integer.toString(count)), count));
    }

    out.append('\n');
    header(out, "One remote change of one character on the full document");
    row(
        out,
        "CPU time, warm (first 20)",
        c -> each(c, "cpu_us_each", "cold_cpu_us_each", quiet(c)));
    row(out, "Elapsed, median", c -> each(c, "p50_us", "", quiet(c)));
    row(out, "Elapsed, 99th percentile", c -> each(c, "p99_us", "", quiet(c)));
    row(
        out,
        "With patches: CPU time, warm (first 20)",
        c -> each(c, "cpu_us_each", "cold_cpu_us_each", patches(c)));
    row(out, "With patches: elapsed, median", c -> each(c, "p50_us", "", patches(c)));
    row(out, "With patches: elapsed, 99th percentile", c -> each(c, "p99_us", "", patches(c)));

    out.append('\n');
    header(out, "Size and memory");
    row(out, "Save, made in one transaction", c -> size(c, "size_bytes", coreOnly(c, "one")));
    row(
        out,
        "Save, made in one transaction per edit",
        c -> size(c, "size_bytes", coreOnly(c, "many")));
    row(out, "Same, gzipped", c -> size(c, "gzip_size_bytes", coreOnly(c, "many")));
    row(
        out,
        "Heap kept by a loaded document",
        c -> memory(c, "retained-many", "retained_heap_bytes"));
    row(
        out,
        "Resident memory kept by a loaded document",
        c -> memory(c, "retained-many", "retained_rss_bytes"));
    row(
        out,
        "Peak resident memory while loading",
        c -> memory(c, "retained-many", "peak_rss_bytes"));
    row(
        out,
        "Smallest heap limit (-Xmx) it loads in",
        c -> memory(c, "smallest-heap", "heap_limit_bytes"));
    return out.toString();
  }

  private void header(StringBuilder out, String title) {
    out.append("| ").append(title).append(" |");
    columns().forEach(column -> out.append(' ').append(column.title()).append(" |"));
    out.append("\n|---|").append("---:|".repeat(columns().size())).append('\n');
  }

  private void row(StringBuilder out, String label, Cell cell) {
    List<String> cells = new ArrayList<>();
    columns().forEach(column -> cells.add(cell.render(column)));
    if (cells.stream().anyMatch(text -> !text.equals("–"))) {
      out.append("| ").append(label).append(" | ").append(String.join(" | ", cells)).append(" |\n");
    }
  }

  private List<Column> columns() {
    return COLUMNS.stream().filter(column -> peers.contains(column.peer())).toList();
  }

  /** A scenario that npm Automerge runs in one way only belongs to the column of its core. */
  private static String coreOnly(Column column, String variant) {
    return column.way().equals("api") ? "none" : variant;
  }

  private static String quiet(Column column) {
    return column.way().equals("api") ? "none" : column.way();
  }

  private static String patches(Column column) {
    return column.way().equals("core") ? "none" : "patches";
  }

  private String runs(Column column, String scenario, String variant) {
    Optional<Measurement> warm = find(column, scenario, variant, "cpu_ms");
    if (warm.isEmpty()) {
      return failure(column, scenario);
    }
    Optional<Measurement> cold = find(column, scenario, variant, "cold_cpu_ms");
    Optional<Measurement> stopped = find(column, scenario, variant, "stopped_after");
    if (stopped.isPresent()) {
      return "> " + millis(warm.get().value()) + " (stopped after " + stopped.get().n() + ")";
    }
    return millis(warm.get().value()) + cold.map(m -> " (" + millis(m.value()) + ")").orElse("");
  }

  private String loads(Column column, String scenario, String document) {
    String variant =
        switch (column.peer()) {
          case AUTOMERGE -> column.way().equals("api") ? document + "-api" : "none";
          case LORO -> document + "-text";
          case YJS, JNI, PEERSTEAD -> document;
        };
    return runs(column, scenario, variant);
  }

  private String orphans(Column column, String variant, int count) {
    return find(column, "orphans", variant, "cpu_ms")
        .map(m ->
            m.n() < count
                ? "> " + millis(m.value()) + " (stopped after " + m.n() + ")"
                : millis(m.value()))
        .orElse(failure(column, "orphans"));
  }

  private String each(Column column, String metric, String coldMetric, String variant) {
    return find(column, "remote", variant, metric)
        .map(m ->
            micros(m.value())
                + find(column, "remote", variant, coldMetric)
                    .map(cold -> " (" + micros(cold.value()) + ")")
                    .orElse(""))
        .orElse(failure(column, "remote"));
  }

  private String size(Column column, String metric, String variant) {
    return find(column, "save", variant, metric)
        .map(m -> String.format(Locale.ROOT, "%,d B", (long) m.value()))
        .orElse("–");
  }

  private String memory(Column column, String scenario, String metric) {
    return find(column, scenario, coreOnly(column, "many"), metric)
        .map(m -> String.format(Locale.ROOT, "%.1f MiB", m.value() / (1 << 20)))
        .orElse("–");
  }

  private String failure(Column column, String scenario) {
    return find(column, scenario, "", "failed").isPresent() && !column.way().equals("api")
        ? "fails"
        : "–";
  }

  private Optional<Measurement> find(
      Column column, String scenario, String variant, String metric) {
    return measurements.stream()
        .filter(m ->
            m.peer() == column.peer()
                && m.scenario().equals(scenario)
                && m.variant().equals(variant)
                && m.metric().equals(metric))
        .findFirst();
  }

  private static String millis(double value) {
    return value < 10
        ? String.format(Locale.ROOT, "%.1f ms", value)
        : String.format(Locale.ROOT, "%,.0f ms", value);
  }

  private static String micros(double value) {
    return value < 1000
        ? String.format(Locale.ROOT, "%.1f µs", value)
        : String.format(Locale.ROOT, "%,.2f ms", value / 1000);
  }
}
