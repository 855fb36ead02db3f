package org.peerstead.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.merge.Simulation.id;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.events.DocumentId;
import org.peerstead.events.DocumentReader.ReadResult;
import org.peerstead.merge.Simulation.Peer;

/**
 * Stops the store at its n-th write, for every n that the scenario reaches, then starts again on
 * what was stored: no change that a peer saw acknowledged is missing, and everybody converges.
 */
class MergeCrashTest {
  private static final MergeLimits LIMITS =
      new MergeLimits(
          20_000, 1 << 20, 1 << 20, 1 << 30, 0, 100, 1 << 20, 100, 300, Duration.ofMillis(50));
  private static final List<DocumentId> IDS = List.of(id(1), id(2));

  @Test
  void acknowledgedChanges_shouldSurviveACrashAtAnyWrite() {
    int n = 1;
    while (crashAtWrite(n, false)) {
      n++;
    }
    assertThat(n).isGreaterThan(20);
  }

  @Test
  void acknowledgedChanges_shouldSurviveACrashAfterAnyWrite() {
    int n = 1;
    while (crashAtWrite(n, true)) {
      n++;
    }
    assertThat(n).isGreaterThan(20);
  }

  /** Returns whether the scenario reached write {@code n}. */
  private static boolean crashAtWrite(int n, boolean isWritten) {
    var store = new FaultyDocumentStore();
    if (isWritten) {
      store.applyBeforeFailing();
    }
    store.failWritesFrom(n);
    var simulation = new Simulation(n, LIMITS, store);
    Peer alice = simulation.connect("alice", "storage-a", false);
    Peer bob = simulation.connect("bob", "storage-b", false);
    for (int round = 0; round < 15; round++) {
      for (DocumentId id : IDS) {
        alice.edit(id, "alice", "x".repeat(40) + round);
        bob.edit(id, "bob" + round, "y".repeat(round));
        alice.sync(id);
        bob.sync(id);
      }
      simulation.run();
    }
    boolean isReached = store.writes() >= n;
    Set<ChangeHash> acknowledged = new HashSet<>(alice.acknowledged);
    acknowledged.addAll(bob.acknowledged);

    store.heal();
    simulation.now = simulation.now.plusSeconds(60);
    simulation.start(LIMITS);
    Set<ChangeHash> stored = new HashSet<>();
    for (DocumentId id : IDS) {
      simulation.read(
          id,
          document -> {
            for (int row = 0; row < document.graph().size(); row++) {
              stored.add(document.graph().hash(row));
            }
            return new ReadResult.Found<>("");
          });
    }
    assertThat(stored).as("crash at write %d", n).containsAll(acknowledged);

    Peer aliceAgain = simulation.connect("alice", "storage-a", false);
    aliceAgain.resume(alice);
    Peer bobAgain = simulation.connect("bob", "storage-b", false);
    bobAgain.resume(bob);
    for (DocumentId id : IDS) {
      aliceAgain.sync(id);
      bobAgain.sync(id);
    }
    simulation.run();
    for (DocumentId id : IDS) {
      assertThat(bobAgain.heads(id)).as("crash at write %d", n).isEqualTo(aliceAgain.heads(id));
      assertThat(simulation.heads(id)).contains(aliceAgain.heads(id));
    }
    return isReached;
  }
}
