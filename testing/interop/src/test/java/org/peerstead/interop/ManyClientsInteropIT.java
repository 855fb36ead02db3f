package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.interop.RepoClients.Device;
import org.peerstead.interop.RepoClients.Heads;

/** Many devices and many documents at once, on one node. */
class ManyClientsInteropIT {
  private static final int CLIENTS = 50;
  private static final int EDITS_PER_CLIENT = 5;
  private static final int DEVICES = 10;
  private static final int DOCUMENTS_PER_DEVICE = 100;
  private static final Duration PATIENCE = Duration.ofSeconds(120);

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
  void fiftyClientsOnOneDocument_shouldConverge() {
    Device author = clients.connect("client-0", node.url());
    String url = author.create(Scenarios.content("shared by fifty"));
    author.set(url, List.of("votes"), Map.of("counter", 0));
    author.awaitAcknowledged(List.of(url), PATIENCE);
    List<Device> devices = new ArrayList<>(List.of(author));
    for (int i = 1; i < CLIENTS; i++) {
      devices.add(clients.connect("client-" + i, node.url()));
    }
    for (Device device : devices.subList(1, CLIENTS)) {
      device.open(url);
    }

    for (int edit = 0; edit < EDITS_PER_CLIENT; edit++) {
      for (int i = 0; i < CLIENTS; i++) {
        devices.get(i).set(url, List.of("by-" + i), edit);
        devices.get(i).set(url, List.of("votes"), Map.of("counter", 1));
      }
    }

    Heads all = author.heads(url);
    for (Device device : devices) {
      all = all.and(device.heads(url));
    }
    for (Device device : devices) {
      device.awaitChanges(Map.of(url, all), PATIENCE);
    }
    Heads heads = author.heads(url);
    for (Device device : devices) {
      assertThat(device.heads(url)).isEqualTo(heads);
      device.awaitAcknowledged(List.of(url), PATIENCE);
    }
    for (Device device : devices) {
      assertThat(device.json(url).get("votes").asInt()).isEqualTo(CLIENTS * EDITS_PER_CLIENT);
    }
    assertThat(Scenarios.headsAtServer(node, clients, List.of(url))).containsEntry(url, heads);
    devices.forEach(Device::leave);
  }

  @Test
  void thousandDocumentsAtOnce_shouldConverge() {
    List<Device> devices = new ArrayList<>();
    List<List<String>> owned = new ArrayList<>();
    for (int i = 0; i < DEVICES; i++) {
      Device device = clients.connect("device-" + i, node.url());
      devices.add(device);
    }
    for (Device device : devices) {
      owned.add(
          device.createAll(
              java.util.stream.IntStream.range(0, DOCUMENTS_PER_DEVICE)
                  .mapToObj(n -> Scenarios.content("document " + n))
                  .toList()));
    }
    for (int i = 0; i < DEVICES; i++) {
      devices.get(i).awaitAcknowledged(owned.get(i), PATIENCE);
    }
    // Every document gets a second editor, and both edit it at the same time.
    for (int i = 0; i < DEVICES; i++) {
      devices.get((i + 1) % DEVICES).open(owned.get(i), PATIENCE);
    }
    List<Map<String, Heads>> edits = new ArrayList<>();
    for (int i = 0; i < DEVICES; i++) {
      Map<String, Heads> changes = new LinkedHashMap<>();
      for (String url : owned.get(i)) {
        Heads byOwner = devices.get(i).set(url, List.of("owner"), i);
        changes.put(url, byOwner.and(devices.get((i + 1) % DEVICES).set(url, List.of("other"), i)));
      }
      edits.add(changes);
    }
    for (int i = 0; i < DEVICES; i++) {
      for (Device device : List.of(devices.get(i), devices.get((i + 1) % DEVICES))) {
        device.awaitChanges(edits.get(i), PATIENCE);
        device.awaitAcknowledged(owned.get(i), PATIENCE);
      }
    }
    List<String> all = owned.stream().flatMap(List::stream).toList();
    Map<String, Heads> atServer = Scenarios.headsAtServer(node, clients, all);
    for (int i = 0; i < DEVICES; i++) {
      assertThat(devices.get(i).heads(owned.get(i)))
          .isEqualTo(devices.get((i + 1) % DEVICES).heads(owned.get(i)))
          .allSatisfy((url, heads) -> assertThat(atServer).containsEntry(url, heads));
      for (String url : owned.get(i)) {
        assertThat(devices.get(i).json(url).get("other").asInt()).isEqualTo(i);
      }
    }
    devices.forEach(Device::leave);
  }
}
