package org.peerstead.benchmarks.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command line of the comparison.
 *
 * @param traces folder with the published traces
 * @param work folder for prepared files, results and nothing else
 * @param peersFolder folder with the Node side
 * @param peers which peers run
 * @param scenarios which scenarios run
 * @param sequential name of the sequential trace
 * @param concurrent names of the concurrent traces
 * @param remoteChanges how many remote one-character changes
 * @param divergedChanges how many changes on each side of the diverged documents
 * @param warmups runs after the first that are not measured
 * @param samples measured runs after the warm-up
 * @param budgetSeconds when a scenario's repetitions stop
 * @param orphanCounts sizes of the orphan scenario
 */
record ComparisonOptions(
    Path traces,
    Path work,
    Path peersFolder,
    List<Peer> peers,
    List<String> scenarios,
    String sequential,
    List<String> concurrent,
    int remoteChanges,
    int divergedChanges,
    int warmups,
    int samples,
    int budgetSeconds,
    List<Integer> orphanCounts) {

  static final List<String> SCENARIOS =
      List.of(
          "local-one",
          "local-one-api",
          "local-each",
          "local-each-api",
          "local-each-updates",
          "apply-all",
          "apply-all-api",
          "remote",
          "remote-patches",
          "load-one",
          "load-many",
          "retained-one",
          "retained-many",
          "save-one",
          "save-many",
          "merge",
          "concurrent",
          "orphans");

  static final String USAGE =
      """
      Usage: benchmarks.jar engine --traces DIR [OPTION VALUE]...
        --traces DIR         folder with automerge-paper.json.gz and the concurrent traces (josephg/editing-traces)
        --work DIR           prepared files and results (default: engine-comparison beside the jar)
        --peers-folder DIR   the Node side (default: testing/benchmarks/peers)
        --peers LIST         of automerge,yjs,loro,jni,peerstead (default: all)
        --scenarios LIST     of local-one,local-one-api,local-each,local-each-api,local-each-updates,apply-all,
                             apply-all-api,remote,remote-patches,load-one,load-many,retained-one,retained-many,
                             save-one,save-many,merge,concurrent,orphans (default: all)
        --trace NAME         the sequential trace (default: automerge-paper)
        --concurrent LIST    the concurrent traces (default: friendsforever,clownschool,egwalker-A1,egwalker-A2)
        --remote N           remote one-character changes (default: 4000)
        --diverged N         changes on each side of the diverged documents (default: 1000)
        --warmups N          runs after the cold one that do not count (default: 4)
        --samples N          runs after those, of which the median counts (default: 5)
        --budget SECONDS     when the repetitions of one operation stop (default: 40)
        --orphans LIST       numbers of changes applied in reverse order (default: 2500,5000,10000,20000)
      """;

  /** Reads the command line; the message of the exception says what is wrong with it. */
  static ComparisonOptions parse(String[] arguments, Path defaultWork) {
    Path traces = null;
    Path work = defaultWork;
    Path peersFolder = Path.of("testing", "benchmarks", "peers");
    List<Peer> peers = List.of(Peer.values());
    List<String> scenarios = SCENARIOS;
    String sequential = "automerge-paper";
    List<String> concurrent =
        List.of("friendsforever", "clownschool", "egwalker-A1", "egwalker-A2");
    int remoteChanges = 4000;
    int divergedChanges = 1000;
    int warmups = 4;
    int samples = 5;
    int budgetSeconds = 40;
    List<Integer> orphanCounts = List.of(2_500, 5_000, 10_000, 20_000);
    for (int i = 0; i < arguments.length; i += 2) {
      String value = i + 1 < arguments.length ? arguments[i + 1] : "";
      switch (arguments[i]) {
        case "--traces" -> traces = Path.of(value);
        case "--work" -> work = Path.of(value);
        case "--peers-folder" -> peersFolder = Path.of(value);
        case "--peers" -> peers = split(value).stream().map(Peer::named).toList();
        case "--scenarios" -> scenarios = split(value);
        case "--trace" -> sequential = value;
        case "--concurrent" -> concurrent = split(value);
        case "--remote" -> remoteChanges = Integer.parseInt(value);
        case "--diverged" -> divergedChanges = Integer.parseInt(value);
        case "--warmups" -> warmups = Integer.parseInt(value);
        case "--samples" -> samples = Integer.parseInt(value);
        case "--budget" -> budgetSeconds = Integer.parseInt(value);
        case "--orphans" -> orphanCounts = split(value).stream().map(Integer::valueOf).toList();
        default -> throw new IllegalArgumentException("unknown option " + arguments[i]);
      }
    }
    return new ComparisonOptions(
        checked(traces, sequential),
        work.toAbsolutePath(),
        peersFolder.toAbsolutePath(),
        peers,
        scenarios,
        sequential,
        concurrent,
        remoteChanges,
        divergedChanges,
        warmups,
        samples,
        budgetSeconds,
        orphanCounts);
  }

  private static Path checked(@Nullable Path traces, String sequential) {
    if (traces == null) {
      throw new IllegalArgumentException("--traces is missing");
    }
    if (!Files.isRegularFile(traces.resolve(sequential + ".json.gz"))) {
      throw new IllegalArgumentException("no " + sequential + ".json.gz in " + traces);
    }
    return traces;
  }

  /** What the measured processes are told. */
  Settings settings() {
    return new Settings(
        work.toString(),
        sequential,
        concurrent,
        remoteChanges,
        divergedChanges,
        warmups,
        samples,
        budgetSeconds,
        orphanCounts);
  }

  private static List<String> split(String list) {
    List<String> items = new ArrayList<>();
    for (String item : list.split(",", -1)) {
      if (!item.isBlank()) {
        items.add(item.strip());
      }
    }
    return items;
  }
}
