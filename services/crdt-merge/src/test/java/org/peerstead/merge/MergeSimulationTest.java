package org.peerstead.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.merge.Simulation.id;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.events.DocumentId;
import org.peerstead.events.DocumentReader.ReadResult;
import org.peerstead.events.SyncInbound;
import org.peerstead.merge.Simulation.Peer;
import org.peerstead.simulation.SeededCases;

/**
 * Random lives of a service: devices come, edit, go and return, others talk nonsense, writes fail,
 * memory is short, events are lost, the process is restarted at any point. Invariants: a
 * conversation ends; what was acknowledged is stored; once the faults are over everybody converges.
 */
class MergeSimulationTest {
  private static final int DEVICES = 3;
  private static final int DOCUMENTS = 3;
  private static final MergeLimits LIMITS =
      new MergeLimits(
          15_000, 1 << 20, 1 << 20, 1 << 30, 0, 100, 1_000_000, 100, 500, Duration.ofMillis(50));

  private enum Kind {
    CONNECT,
    LEAVE,
    EDIT,
    EDIT_MANY,
    SYNC,
    RUN_SOME,
    RUN_ALL,
    FAIL_WRITES,
    FAIL_AFTER_WRITING,
    HEAL,
    LOSE_EVENTS,
    RESTART,
    TALK_NONSENSE
  }

  private record Step(Kind kind, int device, int document, int amount, long salt) {}

  @Test
  void everyLife_shouldKeepWhatWasAcknowledgedAndConverge() {
    SeededCases.of("life of the merge service", 20261122, 150)
        .runScripts(MergeSimulationTest::script, MergeSimulationTest::live);
  }

  private static List<Step> script(RandomGenerator random) {
    var steps = new ArrayList<Step>();
    Kind[] kinds = Kind.values();
    Kind[] often = {Kind.CONNECT, Kind.EDIT, Kind.EDIT, Kind.SYNC, Kind.RUN_SOME, Kind.RUN_ALL};
    for (int i = 0; i < 60; i++) {
      Kind kind =
          random.nextInt(3) > 0
              ? often[random.nextInt(often.length)]
              : kinds[random.nextInt(kinds.length)];
      steps.add(
          new Step(
              kind,
              random.nextInt(DEVICES),
              random.nextInt(DOCUMENTS),
              1 + random.nextInt(9),
              random.nextLong()));
    }
    return steps;
  }

  private static void live(List<Step> script) {
    var simulation = new Simulation(script.size(), LIMITS);
    var devices = new Peer[DEVICES];
    Set<ChangeHash> acknowledged = new HashSet<>();
    for (int device = 0; device < DEVICES; device++) {
      devices[device] = connect(simulation, device);
      devices[device].leave();
    }
    for (Step step : script) {
      // Each step decides for itself, so that a shorter script goes the same ways.
      simulation.reseed(step.salt);
      take(step, simulation, devices);
      for (Peer device : devices) {
        acknowledged.addAll(device.acknowledged);
      }
    }

    simulation.store.heal();
    simulation.isLosingOutbound = false;
    simulation.now = simulation.now.plusSeconds(60);
    simulation.start(LIMITS);
    for (DocumentId id : ids()) {
      assertThat(stored(simulation, id)).containsAll(of(acknowledged, devices, id));
    }
    for (int device = 0; device < DEVICES; device++) {
      devices[device] = reconnect(simulation, devices[device], device);
      ids().forEach(devices[device]::sync);
    }
    simulation.run();
    for (DocumentId id : ids()) {
      for (Peer device : devices) {
        assertThat(device.heads(id)).isEqualTo(devices[0].heads(id));
      }
      assertThat(simulation.heads(id).orElse(Set.of())).isEqualTo(devices[0].heads(id));
    }
  }

  private static void take(Step step, Simulation simulation, Peer[] devices) {
    Peer device = devices[step.device];
    boolean isConnected = simulation.peers.containsKey(device.session.sessionId());
    DocumentId id = id(step.document + 1);
    switch (step.kind) {
      case CONNECT -> {
        if (isConnected) {
          device.leave();
        }
        devices[step.device] = reconnect(simulation, device, step.device);
        ids().forEach(devices[step.device]::sync);
      }
      case LEAVE -> {
        if (isConnected) {
          device.leave();
        }
      }
      case EDIT -> edit(device, id, 1, isConnected);
      case EDIT_MANY -> edit(device, id, 10 * step.amount, isConnected);
      case SYNC -> {
        if (isConnected) {
          device.sync(id);
        }
      }
      case RUN_SOME -> simulation.run(step.amount);
      case RUN_ALL -> simulation.run();
      case FAIL_WRITES -> simulation.store.failWritesFrom(step.amount);
      case FAIL_AFTER_WRITING -> {
        simulation.store.applyBeforeFailing();
        simulation.store.failWritesFrom(step.amount);
      }
      case HEAL -> {
        simulation.store.heal();
        simulation.now = simulation.now.plusSeconds(10);
      }
      case LOSE_EVENTS -> {
        // For a moment only: a bus that loses everything for ever keeps the repair going for ever.
        simulation.isLosingOutbound = true;
        simulation.run(step.amount);
        simulation.isLosingOutbound = false;
      }
      case RESTART -> simulation.start(LIMITS);
      case TALK_NONSENSE -> {
        Peer mallory = simulation.connect("mallory");
        mallory.send(id, SyncInbound.Kind.SYNC, new byte[] {0x43, (byte) step.amount, 1});
        mallory.send(id, SyncInbound.Kind.REQUEST, new byte[] {0x42, 0, 0, 0, 0});
        mallory.send(id, SyncInbound.Kind.UNAVAILABLE, new byte[0]);
        mallory.documents.put(id, mallory.document(id));
        mallory.leave();
      }
    }
  }

  private static void edit(Peer device, DocumentId id, int times, boolean isConnected) {
    for (int i = 0; i < times; i++) {
      device.edit(
          id, "key" + i % 4, device.session.peerId() + "-" + device.document(id).graph().size());
    }
    if (isConnected) {
      device.sync(id);
    }
  }

  private static Peer connect(Simulation simulation, int device) {
    return simulation.connect(
        "device-" + device, device == 0 ? null : "storage-" + device, device == 1);
  }

  private static Peer reconnect(Simulation simulation, Peer earlier, int device) {
    Peer again = connect(simulation, device);
    again.resume(earlier);
    return again;
  }

  private static List<DocumentId> ids() {
    return List.of(id(1), id(2), id(3));
  }

  /** Those of the acknowledged changes that belong to the document. */
  private static Set<ChangeHash> of(Set<ChangeHash> acknowledged, Peer[] devices, DocumentId id) {
    var found = new HashSet<ChangeHash>();
    for (Peer device : devices) {
      for (int row = 0; row < device.document(id).graph().size(); row++) {
        ChangeHash hash = device.document(id).graph().hash(row);
        if (acknowledged.contains(hash)) {
          found.add(hash);
        }
      }
    }
    return found;
  }

  private static Set<ChangeHash> stored(Simulation simulation, DocumentId id) {
    var stored = new HashSet<ChangeHash>();
    simulation.read(
        id,
        document -> {
          for (int row = 0; row < document.graph().size(); row++) {
            stored.add(document.graph().hash(row));
          }
          return new ReadResult.Found<>("");
        });
    return stored;
  }
}
