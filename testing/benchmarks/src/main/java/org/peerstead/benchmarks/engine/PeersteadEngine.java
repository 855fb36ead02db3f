package org.peerstead.benchmarks.engine;

import java.util.List;
import java.util.function.Consumer;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.Transaction;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ObjectType;
import org.peerstead.crdt.model.ObjectValue;

/** Our own engine, through its public API. */
final class PeersteadEngine implements AutomergeEngine<Document> {
  private static final ActorId READER = ActorId.fromHex("ee".repeat(16));

  @Override
  public Document create(byte[] actor) {
    return Document.create(ActorId.of(actor));
  }

  @Override
  public Document load(byte[] saved) throws AutomergeFormatException {
    return Document.load(saved, READER);
  }

  @Override
  public void editInOneTransaction(Document document, Trace trace) {
    try (Transaction transaction = document.begin()) {
      ObjectId text = transaction.putObject(ObjectId.ROOT, "text", ObjectType.TEXT);
      for (Trace.Transaction edits : trace.transactions()) {
        edit(transaction, text, edits);
      }
      var unused = transaction.commit();
    }
  }

  @Override
  public void editInManyTransactions(Document document, Trace trace) {
    ObjectId text;
    try (Transaction transaction = document.begin()) {
      text = transaction.putObject(ObjectId.ROOT, "text", ObjectType.TEXT);
      var unused = transaction.commit();
    }
    for (Trace.Transaction edits : trace.transactions()) {
      try (Transaction transaction = document.begin()) {
        edit(transaction, text, edits);
        var unused = transaction.commit();
      }
    }
  }

  private static void edit(Transaction transaction, ObjectId text, Trace.Transaction edits) {
    for (Trace.Patch patch : edits.patches()) {
      transaction.splice(text, patch.position(), patch.deleted(), patch.inserted());
    }
  }

  @Override
  public Consumer<Document> applying(List<byte[]> changes) {
    return document -> apply(document, changes);
  }

  @Override
  public PatchCount<Document> applyingWithPatches(byte[] change) {
    List<byte[]> changes = List.of(change);
    return document -> {
      List<ChangeHash> before = document.heads();
      apply(document, changes);
      return document.diff(before, document.heads()).size();
    };
  }

  private static void apply(Document document, List<byte[]> changes) {
    try {
      var unused = document.applyChanges(changes);
    } catch (AutomergeFormatException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public byte[] save(Document document) {
    return document.save();
  }

  @Override
  public void merge(Document document, Document other) {
    var unused = document.merge(other);
  }

  @Override
  public String text(Document document) {
    ObjectValue value = (ObjectValue) document.now().get(ObjectId.ROOT, "text").orElseThrow();
    return document.now().text(value.id());
  }

  @Override
  public void free(Document document) {
    // Nothing is held outside the heap.
  }

  @Override
  public long retainedBytes(Document document) {
    return document.retainedBytes();
  }
}
