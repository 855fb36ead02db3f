package org.peerstead.benchmarks.engine;

import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.Transaction;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ObjectType;

/**
 * A text document after a long synthetic session, one transaction per edit: what the benchmarks
 * work on.
 */
@State(Scope.Benchmark)
public class SyntheticDocument {
  static final ActorId AUTHOR = ActorId.fromHex("aa".repeat(16));
  static final ActorId REMOTE = ActorId.fromHex("bb".repeat(16));
  static final ActorId READER = ActorId.fromHex("ee".repeat(16));

  /** Number of one-character edits behind the document. */
  @Param({"10000", "250000"})
  public int edits;

  Document document = Document.create(AUTHOR);
  ObjectId text = ObjectId.ROOT;
  byte[] saved = {};
  List<byte[]> changes = List.of();

  /** Makes the document. */
  @Setup
  public void make() {
    document = Document.create(AUTHOR);
    text = createText(document);
    for (Trace.Transaction edit : SyntheticSession.typing(edits, 1).transactions()) {
      try (Transaction transaction = document.begin()) {
        splice(transaction, text, edit.patches().get(0));
        var unused = transaction.commit();
      }
    }
    saved = document.save();
    changes = document.changesSince(List.of());
  }

  /** Changes of one character each at random places, made by another actor on a copy. */
  List<byte[]> remoteChanges(int count) {
    Document remote = document.fork(REMOTE);
    var before = remote.heads();
    RandomPlaces places = new RandomPlaces(2, Math.toIntExact(remote.now().length(text)));
    List<byte[]> result = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      try (Transaction transaction = remote.begin()) {
        splice(transaction, text, places.next());
        var unused = transaction.commit();
      }
    }
    result.addAll(remote.changesSince(before));
    return result;
  }

  static ObjectId createText(Document document) {
    try (Transaction transaction = document.begin()) {
      ObjectId text = transaction.putObject(ObjectId.ROOT, "text", ObjectType.TEXT);
      var unused = transaction.commit();
      return text;
    }
  }

  static void splice(Transaction transaction, ObjectId text, Trace.Patch patch) {
    transaction.splice(text, patch.position(), patch.deleted(), patch.inserted());
  }
}
