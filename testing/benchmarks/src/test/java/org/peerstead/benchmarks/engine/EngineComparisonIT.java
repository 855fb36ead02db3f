package org.peerstead.benchmarks.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole harness with all real peers on a tiny session: it runs, and every peer arrives at the
 * same text.
 */
class EngineComparisonIT {
  @TempDir Path folder;

  @Test
  void run_shouldMeasureEveryPeerInEveryScenario() throws Exception {
    Path traces = Files.createDirectory(folder.resolve("traces"));
    writeJson(SyntheticSession.typing(300, 1), traces.resolve("typing.json.gz"));
    writeJson(SyntheticSession.takingTurns(5, 4), traces.resolve("turns.json.gz"));
    Path work = folder.resolve("work");
    ComparisonOptions options =
        ComparisonOptions.parse(
            new String[] {
              "--traces", traces.toString(),
              "--peers-folder", "peers",
              "--trace", "typing",
              "--concurrent", "turns",
              "--remote", "20",
              "--diverged", "10",
              "--warmups", "1",
              "--samples", "1",
              "--orphans", "50,100",
              "--scenarios",
                  "local-one,local-each,apply-all,remote,remote-patches,load-many,retained-many,save-many,"
                      + "merge,concurrent,orphans",
            },
            work);

    String report = new EngineComparison(options).run();

    List<String> lines = Files.readAllLines(work.resolve("results.csv"));
    assertThat(lines).noneMatch(line -> line.contains(",failed,"));
    for (Peer peer : Peer.values()) {
      for (String scenario :
          List.of(
              "local-one",
              "local-each",
              "apply-all",
              "remote",
              "remote-patches",
              "load-many",
              "retained-many",
              "save-many",
              "merge",
              "concurrent-turns",
              "orphans")) {
        assertThat(lines)
            .as("%s of %s", scenario, peer.id())
            .anyMatch(line ->
                line.startsWith(peer.id() + ",")
                    && line.contains("," + scenario + ",")
                    && !line.contains(",unsupported,"));
      }
    }
    assertThat(report)
        .contains("| Applying all changes of turns |")
        .contains("| Smallest heap limit (-Xmx) it loads in |")
        .doesNotContain("fails");
  }

  private static void writeJson(Trace trace, Path file) throws IOException {
    ObjectMapper json = new ObjectMapper();
    ObjectNode root = json.createObjectNode();
    root.put("endContent", trace.endContent());
    root.put("numAgents", trace.agents());
    ArrayNode transactions = root.putArray("txns");
    for (Trace.Transaction transaction : trace.transactions()) {
      ObjectNode node = transactions.addObject();
      node.put("agent", transaction.agent());
      transaction.parents().forEach(node.putArray("parents")::add);
      ArrayNode patches = node.putArray("patches");
      for (Trace.Patch patch : transaction.patches()) {
        patches.addArray().add(patch.position()).add(patch.deleted()).add(patch.inserted());
      }
    }
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(json.writeValueAsString(root).getBytes(StandardCharsets.UTF_8));
    }
  }
}
