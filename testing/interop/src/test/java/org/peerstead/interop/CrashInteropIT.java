package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.interop.RepoClients.Device;
import org.peerstead.interop.RepoClients.Heads;
import org.peerstead.interop.RepoClients.Written;

/**
 * What the server has acknowledged survives the death of its process at any moment. A change is
 * acknowledged when the server's heads, as announced in one of its sync messages, are the change or
 * descend from it. A crash is checked with a new device that knows nothing, while the writers are
 * cut off, so that only the server's own copy counts.
 */
class CrashInteropIT {
  private static final int KILLS = 12;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private @TempDir Path folder;
  private PeersteadNode node;
  private RepoClients clients;

  @BeforeEach
  void start() {
    node = PeersteadNode.start(folder);
    clients = RepoClients.start();
  }

  @AfterEach
  void stop() {
    if (clients != null) {
      clients.close();
    }
    if (node != null) {
      node.close();
    }
  }

  @Test
  void killedServer_shouldHaveEveryAcknowledgedChange() {
    long seed = Long.getLong("peerstead.seed", 20261122L);
    SplittableRandom random = new SplittableRandom(seed);
    Device first = clients.connect("first", node.url(), folder.resolve("first"));
    Device second = clients.connect("second", node.url());
    String shared =
        first.create(Scenarios.content("log").set("entries", JsonLines.MAPPER.createArrayNode()));
    first.awaitAcknowledged(List.of(shared), PATIENCE);
    second.open(shared);
    List<String> documents = new ArrayList<>(List.of(shared));
    long acknowledged = 0;

    for (int kill = 0; kill < KILLS; kill++) {
      String fresh =
          first.create(Scenarios.content("log").set("entries", JsonLines.MAPPER.createArrayNode()));
      documents.add(fresh);
      first.awaitAcknowledged(List.of(fresh), PATIENCE);
      first.startWriting(kill % 2 == 0 ? shared : fresh, 2);
      second.startWriting(shared, 3);
      int announced = second.announcements(shared);
      int wanted = announced + 1 + random.nextInt(8);
      Awaitility.await("acknowledgements before kill " + kill)
          .atMost(PATIENCE)
          .pollDelay(Duration.ofMillis(1 + random.nextInt(60)))
          .pollInterval(Duration.ofMillis(5))
          .until(() -> second.announcements(shared) >= wanted);
      node.kill();
      Written byFirst = first.stopWriting(kill % 2 == 0 ? shared : fresh);
      Written bySecond = second.stopWriting(shared);
      first.disconnect();
      second.disconnect();
      node.start();

      Set<String> lost = new HashSet<>(byFirst.acknowledged());
      lost.removeAll(historyAtServer(kill % 2 == 0 ? shared : fresh));
      assertThat(lost)
          .as("acknowledged to the first writer, kill %d, seed %d", kill, seed)
          .isEmpty();
      lost = new HashSet<>(bySecond.acknowledged());
      lost.removeAll(historyAtServer(shared));
      assertThat(lost)
          .as("acknowledged to the second writer, kill %d, seed %d", kill, seed)
          .isEmpty();
      acknowledged += byFirst.acknowledged().size() + bySecond.acknowledged().size();

      first.reconnect();
      second.reconnect();
    }
    assertThat(acknowledged).as("the kills hit a server at work").isGreaterThan(KILLS * 10L);

    first.open(documents, PATIENCE);
    second.open(documents, PATIENCE);
    for (String document : documents) {
      Heads all = first.heads(document).and(second.heads(document));
      for (Device writer : List.of(first, second)) {
        writer.awaitChanges(Map.of(document, all), PATIENCE);
        writer.awaitAcknowledged(List.of(document), PATIENCE);
      }
      assertThat(second.heads(document)).isEqualTo(first.heads(document));
    }
    assertThat(Scenarios.headsAtServer(node, clients, documents)).isEqualTo(first.heads(documents));
  }

  private List<String> historyAtServer(String document) {
    Device observer = clients.connect("observer", node.url());
    try {
      observer.open(document);
      return observer.history(document);
    } finally {
      observer.leave();
    }
  }

  @Test
  void restartedServer_shouldHaveEverything() {
    Scenarios.serverRestarts(node, clients);
  }
}
