package org.peerstead.benchmarks.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Renders measurements as the Markdown tables of {@code docs/performance.md}. */
final class ComparisonTable {
  private static final String NOTHING = "–";

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
    row(out, "Local editing, one transaction", c -> runs(c, api(c, "local-one")));
    row(out, "Local editing, one transaction per edit", c -> runs(c, api(c, "local-each")));
    row(
        out,
        "Same, each transaction also encoded for others",
        c ->
            runs(
                c,
                c.peer() == Peer.YJS || c.peer() == Peer.LORO
                    ? "local-each-updates"
                    : api(c, "local-each")));
    row(out, "Applying all changes at once", c -> runs(c, api(c, "apply-all")));
    row(out, "Load, made in one transaction", c -> runs(c, "load-one"));
    row(out, "Load, made in one transaction per edit", c -> runs(c, "load-many"));
    row(out, "Same, in a JVM with -Xmx100m", c -> runs(c, "load-100m"));
    row(out, "Save, made in one transaction", c -> runs(c, "save-one"));
    row(out, "Save, made in one transaction per edit", c -> runs(c, "save-many"));
    row(
        out,
        "Merge of two documents, " + options.divergedChanges() + " changes each",
        c -> runs(c, "merge"));
    for (String trace : options.concurrent()) {
      row(out, "Applying all changes of " + trace, c -> runs(c, "concurrent-" + trace));
    }
    for (int count : options.orphanCounts()) {
      row(out, count + " changes, one by one, last one first", c -> orphans(c, count));
    }

    out.append('\n');
    header(out, "One remote change of one character on the full document");
    row(out, "CPU time, warm (first 20)", c -> each(c, "remote", "cpu_us_each"));
    row(out, "Elapsed, median", c -> each(c, "remote", "p50_us"));
    row(out, "Elapsed, 99th percentile", c -> each(c, "remote", "p99_us"));
    row(
        out,
        "With patches: CPU time, warm (first 20)",
        c -> each(c, "remote-patches", "cpu_us_each"));
    row(out, "With patches: elapsed, median", c -> each(c, "remote-patches", "p50_us"));
    row(out, "With patches: elapsed, 99th percentile", c -> each(c, "remote-patches", "p99_us"));

    out.append('\n');
    header(out, "Size and memory");
    row(out, "Save, made in one transaction", c -> bytes(c, "save-one", "", "size_bytes"));
    row(
        out,
        "Save, made in one transaction per edit",
        c -> bytes(c, "save-many", "", "size_bytes"));
    row(out, "Same, gzipped", c -> bytes(c, "save-many", "", "gzip_size_bytes"));
    row(out, "Same, Yjs encoding 2", c -> bytes(c, "save-many", "v2", "size_bytes"));
    row(out, "Same, Yjs encoding 2, gzipped", c -> bytes(c, "save-many", "v2", "gzip_size_bytes"));
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
    if (cells.stream().anyMatch(text -> !text.equals(NOTHING))) {
      out.append("| ").append(label).append(" | ").append(String.join(" | ", cells)).append(" |\n");
    }
  }

  private List<Column> columns() {
    return COLUMNS.stream().filter(column -> peers.contains(column.peer())).toList();
  }

  /** Scenarios that npm Automerge runs in a process of its own for its JavaScript API. */
  private static String api(Column column, String scenario) {
    return column.way().equals("api") ? scenario + "-api" : scenario;
  }

  private String runs(Column column, String scenario) {
    Optional<Measurement> warm = find(column, scenario, column.way(), "cpu_ms");
    if (warm.isEmpty()) {
      return failure(column, scenario);
    }
    Optional<Measurement> stopped = find(column, scenario, column.way(), "stopped_after");
    if (stopped.isPresent()) {
      return "> " + millis(warm.get().value()) + " (stopped after " + stopped.get().n() + ")";
    }
    return millis(warm.get().value())
        + find(column, scenario, column.way(), "cold_cpu_ms")
            .map(cold -> " (" + millis(cold.value()) + ")")
            .orElse("");
  }

  private String orphans(Column column, int count) {
    if (column.way().equals("api")) {
      return NOTHING;
    }
    return find(column, "orphans", Integer.toString(count), "cpu_ms")
        .map(m ->
            m.n() < count
                ? "> " + millis(m.value()) + " (stopped after " + m.n() + ")"
                : millis(m.value()))
        .orElse(failure(column, "orphans"));
  }

  private String each(Column column, String scenario, String metric) {
    // Without patches is how the core of npm Automerge is used, with patches its JavaScript API.
    boolean isOtherWay = column.way().equals(scenario.equals("remote") ? "api" : "core");
    if (isOtherWay) {
      return NOTHING;
    }
    String variant =
        column.peer() == Peer.AUTOMERGE ? (scenario.equals("remote") ? "core" : "patches") : "";
    return find(column, scenario, variant, metric)
        .map(m ->
            micros(m.value())
                + find(column, scenario, variant, "cold_" + metric)
                    .map(cold -> " (" + micros(cold.value()) + ")")
                    .orElse(""))
        .orElse(failure(column, scenario));
  }

  private String bytes(Column column, String scenario, String variant, String metric) {
    return find(column, scenario, variant.isEmpty() ? column.way() : variant, metric)
        .map(m -> String.format(Locale.ROOT, "%,d B", (long) m.value()))
        .orElse(NOTHING);
  }

  private String memory(Column column, String scenario, String metric) {
    return find(column, scenario, column.way(), metric)
        .map(m -> String.format(Locale.ROOT, "%.1f MiB", m.value() / (1 << 20)))
        .orElse(NOTHING);
  }

  private String failure(Column column, String scenario) {
    return find(column, scenario, "", "failed").isPresent() && !column.way().equals("api")
        ? "fails"
        : NOTHING;
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
