package org.peerstead.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.merge.Simulation.id;
import static org.peerstead.merge.Simulation.json;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.sync.SyncState;
import org.peerstead.events.Bytes;
import org.peerstead.events.DocumentCommand;
import org.peerstead.events.DocumentCommandResult.Outcome;
import org.peerstead.events.DocumentId;
import org.peerstead.events.DocumentReader.ReadResult;
import org.peerstead.events.Hash32;
import org.peerstead.events.SyncInbound;
import org.peerstead.events.SyncOutbound;
import org.peerstead.events.SyncOutbound.Refusal;
import org.peerstead.merge.Simulation.Peer;
import org.peerstead.merge.store.DocumentRecord;
import org.peerstead.merge.store.StorageException;

class DocumentsTest {
  private static final DocumentId ID = id(1);
  private final Simulation simulation = new Simulation(1, MergeLimits.DEFAULT);

  @Test
  void twoPeersNeverOnlineTogether_shouldConvergeThroughTheService() {
    Peer alice = simulation.connect("alice");
    for (int i = 0; i < 20; i++) {
      alice.edit(ID, "key" + i, "value" + i);
    }
    alice.sync(ID);
    simulation.run();
    alice.leave();

    Peer bob = simulation.connect("bob");
    bob.sync(ID);
    simulation.run();
    assertThat(bob.heads(ID)).isEqualTo(alice.heads(ID));
    bob.edit(ID, "by", "bob");
    bob.sync(ID);
    simulation.run();
    bob.leave();

    Peer returned = simulation.connect("alice");
    returned.resume(alice);
    returned.sync(ID);
    simulation.run();
    assertThat(returned.heads(ID)).isEqualTo(bob.heads(ID));
    assertThat(simulation.heads(ID)).contains(bob.heads(ID));
    assertThat(bob.wasToldUnavailable()).isFalse();
  }

  @Test
  void change_shouldReachOtherSessionsOfTheDocument() {
    Peer alice = simulation.connect("alice");
    Peer bob = simulation.connect("bob");
    alice.edit(ID, "a", "1");
    alice.sync(ID);
    bob.sync(ID);
    simulation.run();

    alice.edit(ID, "a", "2");
    alice.sync(ID);
    simulation.run();

    assertThat(bob.document(ID).now().toJson()).isEqualTo("{\"a\":\"2\"}");
  }

  @Test
  void document_shouldSurviveARestart() {
    Peer alice = simulation.connect("alice");
    alice.edit(ID, "a", "1");
    alice.sync(ID);
    simulation.run();

    simulation.start(MergeLimits.DEFAULT);
    Peer bob = simulation.connect("bob");
    bob.sync(ID);
    simulation.run();

    assertThat(bob.heads(ID)).isEqualTo(alice.heads(ID));
  }

  @Test
  void acknowledgement_shouldFollowTheCommit() {
    Peer alice = simulation.connect("alice");
    ChangeHash change = alice.edit(ID, "a", "1");
    alice.sync(ID);
    simulation.run();
    assertThat(alice.acknowledged).contains(change);

    ChangeHash lost = alice.edit(ID, "a", "2");
    simulation.store.failWritesFrom(1);
    alice.sync(ID);
    simulation.run();
    assertThat(alice.acknowledged).doesNotContain(lost);
    assertThat(alice.refusals()).contains(Refusal.STORE_FULL);
    assertThat(simulation.heads(ID))
        .hasValueSatisfying(heads -> assertThat(heads).doesNotContain(lost.toString()));
  }

  @Test
  void fullStore_shouldGoOnServingReadsAndRecover() {
    Peer alice = simulation.connect("alice");
    alice.edit(ID, "a", "1");
    alice.sync(ID);
    simulation.run();
    simulation.store.failWritesFrom(1);
    alice.edit(ID, "a", "2");
    alice.sync(ID);
    simulation.run();

    Peer bob = simulation.connect("bob");
    bob.sync(ID);
    simulation.run();
    assertThat(bob.document(ID).now().toJson()).isEqualTo("{\"a\":\"1\"}");
    assertThat(simulation.documents.refusesWrites()).isPresent();

    simulation.store.heal();
    simulation.now = simulation.now.plus(Duration.ofSeconds(10));
    Peer again = simulation.connect("alice");
    again.resume(alice);
    again.sync(ID);
    simulation.run();
    assertThat(simulation.documents.refusesWrites()).isEmpty();
    assertThat(bob.document(ID).now().toJson()).isEqualTo("{\"a\":\"2\"}");
  }

  @Test
  void quotaOfTheStore_shouldRefuseNewDataOnly() {
    var limits = limits(MergeLimits.DEFAULT.maxOpenBytes(), 1 << 20, 1000, 100, 10);
    var full = new Simulation(2, limits);
    Peer alice = full.connect("alice");
    alice.edit(ID, "a", "x".repeat(600));
    alice.sync(ID);
    full.run();
    assertThat(full.heads(ID)).contains(alice.heads(ID));

    alice.edit(id(2), "b", "y".repeat(600));
    alice.sync(id(2));
    full.run();
    assertThat(alice.refusals()).contains(Refusal.STORE_FULL);
    assertThat(full.heads(id(2))).isEmpty();
    assertThat(full.count("peerstead_rejected_inputs", "reason", "STORE_FULL")).isPositive();

    Peer bob = full.connect("bob");
    bob.sync(ID);
    full.run();
    assertThat(bob.heads(ID)).isEqualTo(alice.heads(ID));
  }

  @Test
  void lowDisk_shouldRefuseNewData() {
    simulation.store.setUsableBytes(1000);
    Peer alice = simulation.connect("alice");
    alice.edit(ID, "a", "1");
    alice.sync(ID);
    simulation.run();
    assertThat(alice.refusals()).contains(Refusal.STORE_FULL);
    assertThat(simulation.heads(ID)).isEmpty();
    assertThat(simulation.command(id(3), json("{}")).outcome()).isEqualTo(Outcome.STORE_FULL);
  }

  @Test
  void quotaOfADocument_shouldRefuseWhatExceedsIt() {
    var small = new Simulation(3, limits(1 << 20, 2000, 1 << 20, 100, 10));
    Peer alice = small.connect("alice");
    Peer bob = small.connect("bob");
    alice.edit(ID, "a", "x".repeat(500));
    alice.sync(ID);
    bob.sync(ID);
    small.run();

    alice.edit(ID, "b", random(5000));
    alice.sync(ID);
    small.run();
    assertThat(alice.refusals()).contains(Refusal.DOCUMENT_TOO_LARGE);

    bob.edit(ID, "c", "small");
    bob.sync(ID);
    small.run();
    assertThat(small.heads(ID)).contains(bob.heads(ID));
    assertThat(small.read(ID, document -> new ReadResult.Found<>(document.now().toJson())))
        .isInstanceOfSatisfying(
            ReadResult.Found.class,
            found -> assertThat((String) found.value()).contains("small").doesNotContain("\"b\""));
  }

  private static String random(int length) {
    return new java.util.Random(7)
        .ints(length, 'a', 'z' + 1)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  @Test
  void messageSize_shouldBeLimited() {
    Peer alice = simulation.connect("alice");
    var strict =
        new Simulation(
            4,
            new MergeLimits(
                1 << 20, 100, 1 << 20, 1 << 20, 0, 100, 1 << 20, 100, 100, Duration.ofMillis(50)));
    Peer mallory = strict.connect("mallory");
    mallory.edit(ID, "a", "x".repeat(500));
    mallory.send(ID, SyncInbound.Kind.SYNC, new byte[101]);
    strict.run();
    assertThat(mallory.refusals()).containsExactly(Refusal.MESSAGE_TOO_LARGE);
    assertThat(alice.refusals()).isEmpty();
  }

  @Test
  void documentsPerSession_shouldBeLimited() {
    var strict = new Simulation(5, limits(1 << 20, 1 << 20, 1 << 20, 2, 10));
    Peer alice = strict.connect("alice");
    for (int i = 1; i <= 3; i++) {
      alice.edit(id(i), "a", "1");
      alice.sync(id(i));
      strict.run();
    }
    assertThat(alice.refusals()).containsExactly(Refusal.TOO_MANY_DOCUMENTS);
    assertThat(alice.wasToldUnavailable()).isTrue();
    assertThat(strict.heads(id(3))).isEmpty();

    alice.send(id(1), SyncInbound.Kind.CLOSED, new byte[0]);
    alice.sync(id(3));
    alice.send(id(3), SyncInbound.Kind.UNAVAILABLE, new byte[0]);
    strict.run();
    assertThat(alice.refusals()).containsExactly(Refusal.TOO_MANY_DOCUMENTS);
  }

  @Test
  void malformedMessage_shouldHarmNobodyElse() {
    Peer alice = simulation.connect("alice");
    Peer mallory = simulation.connect("mallory");
    Peer bob = simulation.connect("bob");
    alice.edit(ID, "a", "1");
    alice.sync(ID);
    bob.sync(ID);
    mallory.sync(ID);
    mallory.send(ID, SyncInbound.Kind.SYNC, new byte[] {0x43, 1, 2, 3});
    mallory.send(ID, SyncInbound.Kind.SYNC, new byte[0]);
    alice.edit(ID, "a", "2");
    alice.sync(ID);
    simulation.run();

    assertThat(mallory.refusals()).contains(Refusal.MALFORMED);
    assertThat(alice.refusals()).isEmpty();
    assertThat(bob.heads(ID)).isEqualTo(alice.heads(ID));
  }

  @Test
  void orphans_shouldBeLimitedAndForgotten() {
    var strict = new Simulation(6, limits(1 << 20, 1 << 20, 1 << 20, 100, 3));
    Document source = Document.create(ActorId.random(new java.util.Random(1)));
    for (int i = 0; i < 10; i++) {
      String value = "v" + i;
      source.change(edits ->
          edits.put(
              org.peerstead.crdt.model.ObjectId.ROOT,
              "k",
              new org.peerstead.crdt.model.ScalarValue.Str(value)));
    }
    List<byte[]> orphans = source.changesSince(List.of(source.graph().hash(0)));
    Peer mallory = strict.connect("mallory");
    mallory.send(ID, SyncInbound.Kind.SYNC, SyncMessages.v1(source.heads(), orphans));
    strict.run();
    assertThat(mallory.refusals()).contains(Refusal.TOO_MANY_ORPHANS);
    assertThat(strict.heads(ID)).isEmpty();
    assertThat(strict.documents.openDocuments().count()).isZero();
  }

  @Test
  void unknownDocument_shouldBeReportedAfterAnEmptySync() {
    Peer alice = simulation.connect("alice");
    alice.sync(ID);
    simulation.run();
    assertThat(alice.bodies().getFirst()).isInstanceOf(SyncOutbound.Message.class);
    assertThat(((SyncOutbound.Message) alice.bodies().getFirst()).isRequest()).isFalse();
    assertThat(alice.wasToldUnavailable()).isTrue();
    assertThat(simulation.heads(ID)).isEmpty();
    assertThat(simulation.store.writes()).isZero();
  }

  @Test
  void wantedDocument_shouldBeDeliveredWhenSomebodyBringsIt() {
    Peer bob = simulation.connect("bob");
    bob.sync(ID);
    simulation.run();
    assertThat(bob.wasToldUnavailable()).isTrue();

    Peer alice = simulation.connect("alice");
    alice.edit(ID, "a", "1");
    alice.sync(ID);
    simulation.run();
    assertThat(bob.heads(ID)).isEqualTo(alice.heads(ID));
  }

  @Test
  void request_shouldWaitWhileAnotherSessionHasTheDocument() {
    Peer alice = simulation.connect("alice");
    Peer bob = simulation.connect("bob");
    alice.edit(ID, "a", "1");
    alice.sync(ID);
    bob.sync(ID);
    simulation.runService();
    assertThat(bob.inbox).noneMatch(event -> event.body() instanceof SyncOutbound.Unavailable);
    simulation.run();
    assertThat(bob.heads(ID)).isEqualTo(alice.heads(ID));
    assertThat(bob.wasToldUnavailable()).isFalse();
  }

  @Test
  void departureOfTheOnlyHolder_shouldReportUnavailable() {
    Peer alice = simulation.connect("alice");
    Peer bob = simulation.connect("bob");
    alice.edit(ID, "a", "1");
    alice.sync(ID);
    bob.sync(ID);
    simulation.runService();
    alice.leave();
    simulation.run();
    assertThat(bob.wasToldUnavailable()).isTrue();
  }

  @Test
  void deletedDocument_shouldNotComeBackBySync() {
    Peer alice = simulation.connect("alice");
    alice.edit(ID, "a", "1");
    alice.sync(ID);
    simulation.run();

    assertThat(simulation.command(ID, new DocumentCommand.Delete()).outcome())
        .isEqualTo(Outcome.DONE);
    assertThat(alice.wasToldUnavailable()).isTrue();
    alice.edit(ID, "a", "2");
    alice.sync(ID);
    simulation.run();
    assertThat(simulation.heads(ID)).isEmpty();
    assertThat(simulation.store.tombstone(ID)).isPresent();

    simulation.start(MergeLimits.DEFAULT);
    Peer bob = simulation.connect("bob");
    bob.documents.put(ID, alice.document(ID));
    bob.sync(ID);
    simulation.run();
    assertThat(simulation.heads(ID)).isEmpty();
    assertThat(bob.wasToldUnavailable()).isTrue();
    assertThat(simulation.read(ID, document -> new ReadResult.Found<>("")))
        .isInstanceOf(ReadResult.Deleted.class);
  }

  @Test
  void importOfADeletedDocument_shouldRestoreItForWaitingSessions() {
    Peer alice = simulation.connect("alice");
    alice.edit(ID, "a", "1");
    alice.sync(ID);
    simulation.run();
    byte[] file = alice.document(ID).save();
    simulation.command(ID, new DocumentCommand.Delete());
    Peer bob = simulation.connect("bob");
    bob.sync(ID);
    simulation.run();

    var restored = simulation.command(ID, new DocumentCommand.ImportAutomerge(Bytes.copyOf(file)));

    assertThat(restored.outcome()).isEqualTo(Outcome.DONE);
    assertThat(simulation.store.tombstone(ID)).isEmpty();
    assertThat(bob.heads(ID)).isEqualTo(alice.heads(ID));
    assertThat(simulation.documents.capacity().documents()).isEqualTo(1);
    assertThat(simulation.documents.capacity().tombstones()).isZero();
  }

  @Test
  void commands_shouldTellHowTheyWent() {
    assertThat(simulation.command(ID, new DocumentCommand.Delete()).outcome())
        .isEqualTo(Outcome.NOT_FOUND);
    assertThat(simulation.command(ID, json("[1]")).outcome()).isEqualTo(Outcome.MALFORMED);
    assertThat(simulation.command(ID, json("{\"a\":")).outcome()).isEqualTo(Outcome.MALFORMED);
    assertThat(
            simulation
                .command(ID, json("{\"x\":" + "[".repeat(5000) + "]".repeat(5000) + "}"))
                .outcome())
        .isEqualTo(Outcome.MALFORMED);
    var created = simulation.command(ID, json("{\"a\":[1,2.5,\"text\",null,true,{}]}"));
    assertThat(created.outcome()).isEqualTo(Outcome.DONE);
    assertThat(created.heads()).hasSize(1);
    assertThat(simulation.command(ID, json("{}")).outcome()).isEqualTo(Outcome.ALREADY_EXISTS);
    assertThat(simulation.command(id(2), json("{}")).outcome()).isEqualTo(Outcome.DONE);
    assertThat(
            simulation
                .command(
                    ID, new DocumentCommand.ImportAutomerge(Bytes.copyOf(new byte[] {1, 2, 3})))
                .outcome())
        .isEqualTo(Outcome.MALFORMED);
    assertThat(simulation.read(ID, document -> new ReadResult.Found<>(document.now().toJson())))
        .isEqualTo(new ReadResult.Found<>("{\"a\":[1,2.5,\"text\",null,true,{}]}"));
  }

  @Test
  void documentChanged_shouldCarryTheNewChanges() {
    Peer alice = simulation.connect("alice");
    ChangeHash first = alice.edit(ID, "a", "1");
    alice.sync(ID);
    simulation.run();
    ChangeHash second = alice.edit(ID, "a", "2");
    alice.sync(ID);
    simulation.run();

    assertThat(simulation.changed()).hasSize(2);
    var event = simulation.changed().get(1);
    assertThat(event.hashes()).containsExactly(Hash32.of(second.toBytes()));
    assertThat(event.heads()).containsExactly(Hash32.of(second.toBytes()));
    assertThat(event.changes())
        .containsExactly(Bytes.copyOf(alice.document(ID).changeBytes(second)));
    assertThat(event.originSessionId()).isEqualTo(alice.session.sessionId());
    assertThat(simulation.changed().getFirst().hashes())
        .containsExactly(Hash32.of(first.toBytes()));
  }

  @Test
  void log_shouldBecomeASnapshotWhenItHasGrown() {
    Peer alice = simulation.connect("alice");
    for (int i = 0; i < 400; i++) {
      alice.edit(ID, "key", random(50) + i);
      alice.sync(ID);
      simulation.run();
    }
    DocumentRecord record = simulation.store.record(ID).orElseThrow();
    assertThat(record.snapshotBytes()).isPositive();
    assertThat(record.logEntries()).isLessThan(400);
    assertThat(record.logBytes())
        .isLessThan(Math.max(record.snapshotBytes(), MergeLimits.DEFAULT.minLogBytes()) + 500);
    assertThat(simulation.count("peerstead_compactions")).isPositive();
    assertThat(simulation.documents.capacity().storedBytes()).isEqualTo(record.storedBytes());

    simulation.start(MergeLimits.DEFAULT);
    assertThat(simulation.documents.capacity().storedBytes()).isEqualTo(record.storedBytes());
    Peer bob = simulation.connect("bob");
    bob.sync(ID);
    simulation.run();
    assertThat(bob.heads(ID)).isEqualTo(alice.heads(ID));
  }

  @Test
  void openDocuments_shouldStayWithinTheirBound() {
    long bound = 200_000;
    var small = new Simulation(8, limits(bound, 1 << 20, 1 << 30, 1000, 10));
    Peer alice = small.connect("alice");
    for (int i = 1; i <= 100; i++) {
      alice.edit(id(i), "a", random(500));
      alice.sync(id(i));
      small.run();
      assertThat(small.documents.openDocuments().totalBytes()).isLessThanOrEqualTo(bound);
    }
    assertThat(small.documents.openDocuments().count()).isLessThan(100);
    Peer bob = small.connect("bob");
    for (int i = 1; i <= 100; i++) {
      bob.sync(id(i));
    }
    small.run();
    for (int i = 1; i <= 100; i++) {
      assertThat(bob.heads(id(i))).isEqualTo(alice.heads(id(i)));
    }
    assertThat(small.count("peerstead_open_documents_evictions")).isPositive();
    alice.leave();
    bob.leave();
    small.run();
    assertThat(small.documents.ownerCount())
        .isEqualTo((int) small.documents.openDocuments().count());
    assertThat(small.documents.sessions().total()).isZero();
  }

  @Test
  void manyColdDocuments_shouldNotBeInMemoryTogether() {
    MergeLimits limits = limits(200_000, 1 << 20, 1 << 30, 1000, 10);
    var small = new Simulation(9, limits);
    Peer alice = small.connect("alice");
    for (int i = 1; i <= 100; i++) {
      alice.edit(id(i), "a", random(500));
      alice.sync(id(i));
    }
    small.run();
    small.start(limits);
    Peer bob = small.connect("bob");
    for (int i = 1; i <= 100; i++) {
      bob.sync(id(i));
    }
    double before = inMemory(small);
    for (Runnable task = small.tasks.poll(); task != null; task = small.tasks.poll()) {
      task.run();
      assertThat(inMemory(small) - before)
          .isLessThanOrEqualTo(small.documents.openDocuments().count());
    }
    small.run();
    assertThat(bob.heads(id(100))).isEqualTo(alice.heads(id(100)));
  }

  private static double inMemory(Simulation simulation) {
    return simulation.count("peerstead_open_documents_misses")
        - simulation.count("peerstead_open_documents_evictions");
  }

  @Test
  void damagedDocument_shouldBeIsolated() {
    Peer alice = simulation.connect("alice");
    alice.edit(ID, "a", "1");
    alice.sync(ID);
    simulation.run();
    simulation.start(MergeLimits.DEFAULT);
    simulation.store.damageChunks();
    Peer bob = simulation.connect("bob");
    bob.sync(ID);
    simulation.run();
    assertThat(bob.refusals()).containsExactly(Refusal.DAMAGED);
    assertThat(bob.wasToldUnavailable()).isTrue();
    assertThat(simulation.documents.capacity().damaged()).isEqualTo(1);
    assertThat(simulation.read(ID, document -> new ReadResult.Found<>("")))
        .isInstanceOf(ReadResult.Damaged.class);

    simulation.store.heal();
    bob.edit(id(2), "b", "1");
    bob.sync(id(2));
    simulation.run();
    assertThat(simulation.heads(id(2))).isPresent();
    assertThat(simulation.command(ID, new DocumentCommand.Delete()).outcome())
        .isEqualTo(Outcome.DONE);
    assertThat(simulation.documents.capacity().damaged()).isZero();
  }

  @Test
  void importOfADamagedDocument_shouldReplaceIt() {
    Peer alice = simulation.connect("alice");
    alice.edit(ID, "a", "1");
    alice.sync(ID);
    simulation.run();
    simulation.start(MergeLimits.DEFAULT);
    simulation.store.damageChunks();
    Peer bob = simulation.connect("bob");
    bob.sync(ID);
    simulation.run();
    assertThat(simulation.documents.capacity().damaged()).isEqualTo(1);
    simulation.store.heal();

    var result =
        simulation.command(
            ID, new DocumentCommand.ImportAutomerge(Bytes.copyOf(alice.document(ID).save())));

    assertThat(result.outcome()).isEqualTo(Outcome.DONE);
    assertThat(bob.heads(ID)).isEqualTo(alice.heads(ID));
    assertThat(simulation.documents.capacity().damaged()).isZero();
    assertThat(simulation.documents.capacity().documents()).isEqualTo(1);
    assertThat(simulation.documents.capacity().storedBytes())
        .isEqualTo(simulation.store.record(ID).orElseThrow().storedBytes());
  }

  @Test
  void unreadableStore_shouldRefuseForTheMomentOnly() {
    Peer alice = simulation.connect("alice");
    alice.edit(ID, "a", "1");
    alice.sync(ID);
    simulation.run();
    simulation.start(MergeLimits.DEFAULT);
    simulation.store.failReads(StorageException.Kind.IO);
    Peer bob = simulation.connect("bob");
    bob.sync(ID);
    simulation.run();
    assertThat(bob.refusals()).containsExactly(Refusal.OVERLOADED);

    simulation.store.heal();
    Peer again = simulation.connect("bob");
    again.sync(ID);
    simulation.run();
    assertThat(again.heads(ID)).isEqualTo(alice.heads(ID));
  }

  @Test
  void syncState_shouldBeStoredForPeersWithStorageOnly() throws Exception {
    Peer alice = simulation.connect("alice", "storage-a", false);
    Peer bob = simulation.connect("bob", "storage-b", true);
    alice.edit(ID, "a", "1");
    alice.sync(ID);
    bob.sync(ID);
    simulation.run();
    alice.leave();
    bob.leave();
    simulation.run();

    SyncState stored = SyncState.decode(simulation.store.syncState(ID, "storage-a").orElseThrow());
    assertThat(stored.sharedHeads()).isEqualTo(alice.document(ID).heads());
    assertThat(simulation.store.syncState(ID, "storage-b")).isEmpty();

    simulation.start(MergeLimits.DEFAULT);
    Peer returned = simulation.connect("alice", "storage-a", false);
    returned.resume(alice);
    returned.edit(ID, "a", "2");
    returned.sync(ID);
    simulation.run();
    assertThat(simulation.heads(ID)).contains(returned.heads(ID));
  }

  @Test
  void remoteHeads_shouldBeToldForPeersWithStorage() {
    Peer alice = simulation.connect("alice", "storage-a", false);
    alice.edit(ID, "a", "1");
    alice.sync(ID);
    simulation.run();
    assertThat(alice.bodies())
        .anySatisfy(body ->
            assertThat(body)
                .isInstanceOfSatisfying(
                    SyncOutbound.RemoteHeads.class,
                    heads -> {
                      assertThat(heads.storageId()).isEqualTo("storage-a");
                      assertThat(heads.heads()).hasSize(1);
                    }));
  }

  @Test
  void lostAnswer_shouldBeRepaired() {
    Peer alice = simulation.connect("alice");
    Peer bob = simulation.connect("bob");
    alice.edit(ID, "a", "1");
    alice.sync(ID);
    bob.sync(ID);
    simulation.run();
    simulation.isLosingOutbound = true;
    alice.edit(ID, "a", "2");
    alice.sync(ID);
    for (int i = 0; i < 5 && !simulation.tasks.isEmpty(); i++) {
      simulation.tasks.poll().run();
    }
    simulation.isLosingOutbound = false;
    simulation.run();
    assertThat(bob.heads(ID)).isEqualTo(alice.heads(ID));
    assertThat(simulation.heads(ID)).contains(alice.heads(ID));
  }

  @Test
  void changesForASlowSession_shouldBeCoalesced() {
    Peer alice = simulation.connect("alice");
    Peer bob = simulation.connect("bob");
    alice.edit(ID, "a", "0");
    alice.sync(ID);
    bob.sync(ID);
    simulation.run();
    int before = bob.received.size();
    for (int i = 1; i <= 50; i++) {
      alice.edit(ID, "a", "" + i);
      alice.sync(ID);
      simulation.runService();
      while (!alice.inbox.isEmpty()) {
        alice.receiveOne();
        simulation.runService();
      }
    }
    assertThat(bob.inbox).hasSize(1);
    simulation.run();
    assertThat(bob.heads(ID)).isEqualTo(alice.heads(ID));
    assertThat(bob.received.size() - before).isLessThan(10);
  }

  @Test
  void repeatedEvent_shouldBeDropped() {
    Peer alice = simulation.connect("alice");
    alice.edit(ID, "a", "1");
    alice.sync(ID);
    simulation.run();
    int before = alice.received.size();
    simulation.documents.receive(
        new SyncInbound(alice.session, 1, ID, SyncInbound.Kind.SYNC, Bytes.EMPTY), () -> {});
    simulation.run();
    assertThat(alice.received).hasSize(before);
    assertThat(alice.refusals()).isEmpty();
  }

  private static MergeLimits limits(
      long maxOpen, long maxDocument, long maxStored, int maxDocuments, int maxOrphans) {
    return new MergeLimits(
        maxOpen,
        1 << 20,
        maxDocument,
        maxStored,
        0,
        maxDocuments,
        1 << 20,
        maxOrphans,
        1000,
        Duration.ofMillis(50));
  }
}
