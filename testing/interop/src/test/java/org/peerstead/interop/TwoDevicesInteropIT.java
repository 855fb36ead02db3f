package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.interop.RepoClients.Device;
import org.peerstead.interop.RepoClients.Heads;

/** What a team does first: two devices of real automerge-repo clients and a node between them. */
class TwoDevicesInteropIT {
  private static final Duration SOON = Duration.ofSeconds(15);

  private static @TempDir Path folder;
  private static PeersteadNode node;
  private static RepoClients clients;

  @BeforeAll
  static void start() {
    node = PeersteadNode.start(folder);
    clients = RepoClients.start();
  }

  @AfterAll
  static void stop() {
    if (clients != null) {
      clients.close();
    }
    if (node != null) {
      node.close();
    }
  }

  @Test
  void devicesThatAreNeverOnlineTogether_shouldShareABoardOf200Cards() {
    Scenarios.neverOnlineTogether(node, clients, folder, 200);
  }

  @Test
  void reconnectingClient_shouldExchangeWhatWasEditedMeanwhile() {
    Scenarios.clientReconnects(node, clients);
  }

  @Test
  void presence_shouldReachTheOthersOnceAndNeverBeStored() {
    Scenarios.presenceArrives(node, clients);
  }

  @Test
  void unknownDocument_shouldBeUnavailable() {
    Scenarios.unknownDocumentIsUnavailable(node, clients);
  }

  @Test
  void remoteHeads_shouldReachSubscribers() {
    Device alice =
        clients.open(
            "gossip-a", node.url(), folder.resolve("gossip-a"), r -> r.put("gossip", true));
    Device bob = clients.open("gossip-b", node.url(), null, r -> r.put("gossip", true));
    String url = alice.create(Scenarios.content("gossip"));
    alice.awaitAcknowledged(List.of(url), SOON);
    bob.open(url);
    bob.subscribeRemotes(alice.storageId());
    Heads heads = alice.set(url, List.of("n"), 1);
    bob.awaitChanges(Map.of(url, heads), SOON);
    JsonNode gossip = bob.remoteHeads(url, alice.storageId(), SOON);
    assertThat(gossip).isNotEmpty();
    alice.leave();
    bob.leave();
  }
}
