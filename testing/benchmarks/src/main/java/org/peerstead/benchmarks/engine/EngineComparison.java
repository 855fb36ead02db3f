package org.peerstead.benchmarks.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Runs the CRDT engine beside npm Automerge, Yjs, Loro and the JNI binding of Automerge: one
 * command, one run, every scenario of every peer in a fresh process, the peers of a scenario one
 * after the other.
 *
 * <p>Writes {@code results.csv} and {@code results.md} into the work folder and the tables to
 * standard output. The files that peers read (saved documents, changes) are prepared once per work
 * folder: those of the Automerge family by npm Automerge, the others by the peers themselves.
 */
public final class EngineComparison {
  private static final int[] HEAP_LIMITS_MIB = {12, 16, 20, 24, 32, 40, 48, 64, 80, 100};
  private static final long SCENARIO_MINUTES_MAX = 30;

  private final ComparisonOptions options;
  private final List<Measurement> measurements = new ArrayList<>();
  private final ObjectMapper json = new ObjectMapper();

  /**
   * One process to run.
   *
   * @param trace the trace it is about, where the scenario has several; else empty
   */
  private record Job(Peer peer, String scenario, String trace, List<String> jvmOptions) {
    /** What the results call it. */
    String name() {
      if (jvmOptions.contains("-Xmx100m")) {
        return "load-100m";
      }
      return trace.isEmpty() ? scenario : scenario + "-" + trace;
    }
  }

  EngineComparison(ComparisonOptions options) {
    this.options = options;
  }

  /**
   * Runs the comparison.
   *
   * @throws Exception when it cannot be set up; a peer that fails is a line in the results instead
   */
  public static void main(String[] arguments) throws Exception {
    if (List.of(arguments).contains("--help")) {
      System.out.print(ComparisonOptions.USAGE);
      return;
    }
    ComparisonOptions options;
    try {
      options = ComparisonOptions.parse(arguments, defaultWork());
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.err.print(ComparisonOptions.USAGE);
      System.exit(2);
      return;
    }
    System.out.println(new EngineComparison(options).run());
  }

  /** Runs all scenarios and returns the report. */
  String run() throws IOException, InterruptedException {
    Files.createDirectories(options.work());
    convertTraces();
    Path config = options.work().resolve("config.json");
    json.writeValue(config.toFile(), options.settings());
    installNodePeers();
    for (Peer peer : List.of(Peer.AUTOMERGE, Peer.YJS, Peer.LORO)) {
      boolean isNeeded =
          options.peers().contains(peer)
              || (peer == Peer.AUTOMERGE
                  && options.peers().stream().anyMatch(other -> !other.isNode()));
      if (isNeeded) {
        prepare(peer, config);
      }
    }
    for (String scenario : options.scenarios()) {
      List<String> traces = scenario.equals("concurrent") ? options.concurrent() : List.of("");
      for (String trace : traces) {
        for (Peer peer : options.peers()) {
          measure(new Job(peer, scenario, trace, List.of()), config);
        }
      }
      if (scenario.equals("load-many") && options.peers().contains(Peer.PEERSTEAD)) {
        measure(new Job(Peer.PEERSTEAD, scenario, "", List.of("-Xmx100m")), config);
        findSmallestHeap(config);
      }
      writeCsv();
    }
    String report = describe() + "\n" + new ComparisonTable(measurements, options).render();
    Files.writeString(options.work().resolve("results.md"), report);
    return report;
  }

  private void convertTraces() throws IOException {
    List<String> names = new ArrayList<>(options.concurrent());
    names.add(options.sequential());
    for (String name : names) {
      Path compact = options.work().resolve(name + ".trace");
      if (!Files.exists(compact)) {
        progress("reading trace " + name);
        TraceFile.write(TraceFile.readJson(options.traces().resolve(name + ".json.gz")), compact);
      }
    }
  }

  /** Installs the pinned packages, unless they already come from the same lock file. */
  private void installNodePeers() throws IOException, InterruptedException {
    Path lock = options.peersFolder().resolve("package-lock.json");
    Path installed = options.peersFolder().resolve("node_modules").resolve(".installed-lock.json");
    if (Files.exists(installed) && Files.mismatch(lock, installed) == -1) {
      return;
    }
    progress("installing the pinned npm packages");
    Process npm =
        new ProcessBuilder("npm", "ci", "--no-audit", "--no-fund")
            .directory(options.peersFolder().toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (npm.waitFor() != 0) {
      throw new IOException("npm ci failed in " + options.peersFolder());
    }
    Files.copy(lock, installed, StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * Lets a peer write the files it reads later; skipped when an earlier run with the same settings
   * did.
   */
  private void prepare(Peer peer, Path config) throws IOException, InterruptedException {
    String key =
        String.join(
            "\n",
            version(peer),
            options.sequential(),
            String.join(",", options.concurrent()),
            Integer.toString(options.remoteChanges()),
            Integer.toString(options.divergedChanges()));
    Path marker = options.work().resolve("prepared-" + peer.id());
    if (Files.exists(marker) && Files.readString(marker).equals(key)) {
      return;
    }
    progress("preparing the files of " + peer.id() + " (once per work folder)");
    Path log = options.work().resolve(peer.id() + "-prepare.log");
    if (start(new Job(peer, "prepare", "", List.of()), config, log).isEmpty()) {
      throw new IOException(peer.id() + " could not prepare its files:\n" + Files.readString(log));
    }
    Files.writeString(marker, key);
  }

  private void measure(Job job, Path config) throws IOException, InterruptedException {
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    progress(
        String.format(
            Locale.ROOT, "%s: %s (load average %.2f)", job.name(), job.peer().id(), load));
    Path log = options.work().resolve(job.peer().id() + "-" + job.name() + ".log");
    List<JsonNode> lines = start(job, config, log);
    if (lines.isEmpty()) {
      progress("  failed, see " + log);
      measurements.add(new Measurement(job.peer(), job.name(), "", "failed", 1, 1, load));
    }
    for (JsonNode line : lines) {
      measurements.add(
          new Measurement(
              job.peer(),
              job.name(),
              line.path("variant").asText(),
              line.path("metric").asText(),
              line.path("value").asDouble(),
              line.path("n").asInt(1),
              load));
    }
  }

  private void findSmallestHeap(Path config) throws IOException, InterruptedException {
    for (int mebibytes : HEAP_LIMITS_MIB) {
      progress("smallest heap: " + mebibytes + " MiB");
      List<JsonNode> lines =
          start(
              new Job(Peer.PEERSTEAD, "retained-many", "", List.of("-Xmx" + mebibytes + "m")),
              config,
              options.work().resolve("peerstead-smallest-heap.log"));
      if (!lines.isEmpty()) {
        double bytes = mebibytes * (double) (1 << 20);
        measurements.add(
            new Measurement(Peer.PEERSTEAD, "smallest-heap", "", "heap_limit_bytes", bytes, 1, 0));
        return;
      }
    }
  }

  /**
   * Runs one process and returns its measurements; none when it fails, whatever it printed before.
   */
  private List<JsonNode> start(Job job, Path config, Path log)
      throws IOException, InterruptedException {
    Peer peer = job.peer();
    List<String> command = new ArrayList<>();
    if (peer.isNode()) {
      command.addAll(
          List.of("node", "--expose-gc", "--max-old-space-size=8192", peer.id() + ".mjs"));
    } else {
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("--enable-native-access=ALL-UNNAMED");
      command.addAll(job.jvmOptions());
      command.addAll(
          List.of(
              "-cp",
              System.getProperty("java.class.path"),
              EngineChild.class.getName(),
              peer.id()));
    }
    command.add(job.scenario());
    command.add(config.toString());
    if (!job.trace().isEmpty()) {
      command.add(job.trace());
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
    if (peer.isNode()) {
      builder.directory(options.peersFolder().toFile());
    }
    Path output = options.work().resolve(peer.id() + ".out");
    Process process = builder.redirectOutput(output.toFile()).start();
    if (!process.waitFor(SCENARIO_MINUTES_MAX, TimeUnit.MINUTES)) {
      process.destroyForcibly().waitFor();
    }
    List<JsonNode> lines = new ArrayList<>();
    if (process.exitValue() == 0) {
      for (String line : Files.readAllLines(output)) {
        if (line.startsWith("{")) {
          lines.add(json.readTree(line));
        }
      }
    }
    return lines;
  }

  private void writeCsv() throws IOException {
    StringBuilder csv = new StringBuilder("peer,version,scenario,variant,metric,value,n,load\n");
    for (Measurement m : measurements) {
      csv.append(
          String.format(
              Locale.ROOT,
              "%s,%s,%s,%s,%s,%s,%d,%.2f%n",
              m.peer().id(),
              version(m.peer()),
              m.scenario(),
              m.variant(),
              m.metric(),
              m.value(),
              m.n(),
              m.load()));
    }
    Files.writeString(options.work().resolve("results.csv"), csv);
  }

  private String describe() {
    List<String> versions = new ArrayList<>();
    for (Peer peer : options.peers()) {
      versions.add(peer.packageName() + " " + version(peer));
    }
    double[] loads =
        measurements.stream().mapToDouble(Measurement::load).filter(load -> load > 0).toArray();
    Arrays.sort(loads);
    String load =
        loads.length == 0
            ? "unknown"
            : String.format(
                Locale.ROOT,
                "%.2f to %.2f (median %.2f)",
                loads[0],
                loads[loads.length - 1],
                loads[loads.length / 2]);
    return String.join(
        "\n",
        "Run of " + Instant.now().toString().substring(0, 16) + "Z on " + machine(),
        "JVM " + Runtime.version() + ", Node " + first("node", "--version"),
        "Versions: " + String.join(", ", versions),
        "Load average when the processes started: " + load,
        "");
  }

  private static String machine() {
    String model = "unknown processor";
    try {
      for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
        if (line.startsWith("model name")) {
          model = line.substring(line.indexOf(':') + 1).strip();
          break;
        }
      }
    } catch (IOException e) {
      model = System.getProperty("os.arch") + " processor";
    }
    return Runtime.getRuntime().availableProcessors()
        + " x "
        + model
        + ", "
        + System.getProperty("os.name");
  }

  private String version(Peer peer) {
    return switch (peer) {
      case AUTOMERGE, YJS, LORO -> nodeVersion(peer);
      case JNI -> "0.0.7";
      case PEERSTEAD -> first("git", "rev-parse", "--short", "HEAD");
    };
  }

  private String nodeVersion(Peer peer) {
    try {
      return json.readTree(options.peersFolder().resolve("package.json").toFile())
          .path("dependencies")
          .path(peer.packageName())
          .asText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** First line of a command's output, or "unknown" when it cannot run. */
  private static String first(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return process.waitFor() == 0 ? output.lines().findFirst().orElse("unknown") : "unknown";
    } catch (IOException e) {
      return "unknown";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "unknown";
    }
  }

  private static Path defaultWork() {
    Path jar = Path.of(System.getProperty("java.class.path").split(java.io.File.pathSeparator)[0]);
    Path folder = jar.toAbsolutePath().getParent();
    return (folder == null ? Path.of(".") : folder).resolve("engine-comparison");
  }

  private static void progress(String line) {
    System.err.println(line);
  }
}
