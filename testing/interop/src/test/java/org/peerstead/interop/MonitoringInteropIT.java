package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.interop.RepoClients.Device;

/** The alert rules and the dashboard ask for metrics that a running node has. */
class MonitoringInteropIT {
  private static final Path MONITORING =
      Path.of(System.getProperty("peerstead.checkout")).resolve("deploy/monitoring");
  private static final Pattern METRIC =
      Pattern.compile("\\b(peerstead|jvm|process)_[a-z_]*[a-z]\\b");

  /** Counted by reason: absent until something was refused or ended. */
  private static final Set<String> SEEN_ONLY_AFTER_TROUBLE =
      Set.of(
          "peerstead_rejected_inputs_total",
          "peerstead_gateway_rejected_total",
          "peerstead_gateway_connections_ended_total");

  @TempDir Path folder;

  @Test
  void rulesAndDashboard_shouldUseMetricsOfARunningNode() throws Exception {
    Set<String> wanted = new TreeSet<>();
    for (String file : Set.of("rules.yml", "grafana/dashboards/peerstead.json")) {
      METRIC
          .matcher(Files.readString(MONITORING.resolve(file)))
          .results()
          .map(MatchResult::group)
          .forEach(wanted::add);
    }
    wanted.removeAll(SEEN_ONLY_AFTER_TROUBLE);

    PeersteadNode node = PeersteadNode.start(folder);
    try (RepoClients clients = RepoClients.start();
        RelayUnderTest relay =
            RelayUnderTest.start(
                Files.createDirectory(folder.resolve("relay")),
                Map.of("peerstead.relay.metrics.top-users", "5"))) {
      Device device = clients.connect("monitored", node.url());
      String url = device.create(Scenarios.content("monitored"));
      device.awaitAcknowledged(List.of(url), Duration.ofSeconds(15));
      // A relay without credentials is off in the node, so a second one runs beside it.
      String page = metrics(node) + metrics(relay.node());

      assertThat(wanted).isNotEmpty();
      assertThat(wanted)
          .allSatisfy(metric -> assertThat(page).containsPattern("(?m)^" + metric + "[ {]"));
    } finally {
      node.close();
    }
  }

  private static String metrics(PeersteadNode node) throws IOException {
    return new String(node.get("/q/metrics").body(), StandardCharsets.UTF_8);
  }
}
