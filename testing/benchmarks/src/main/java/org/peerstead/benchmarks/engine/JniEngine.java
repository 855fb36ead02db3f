package org.peerstead.benchmarks.engine;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.function.Consumer;
import org.automerge.AmValue;
import org.automerge.Document;
import org.automerge.ObjectId;
import org.automerge.ObjectType;
import org.automerge.PatchLog;
import org.automerge.Transaction;

/** The official JNI binding: the Rust implementation (an older release of it) as native code. */
final class JniEngine implements AutomergeEngine<Document> {
  @Override
  public Document create(byte[] actor) {
    return new Document(actor);
  }

  @Override
  public Document load(byte[] saved) {
    return Document.load(saved);
  }

  @Override
  public void editInOneTransaction(Document document, Trace trace) {
    try (Transaction transaction = document.startTransaction()) {
      ObjectId text = transaction.set(ObjectId.ROOT, "text", ObjectType.TEXT);
      for (Trace.Transaction edits : trace.transactions()) {
        edit(transaction, text, edits);
      }
      var unused = transaction.commit();
    }
  }

  @Override
  public void editInManyTransactions(Document document, Trace trace) {
    ObjectId text;
    try (Transaction transaction = document.startTransaction()) {
      text = transaction.set(ObjectId.ROOT, "text", ObjectType.TEXT);
      var unused = transaction.commit();
    }
    for (Trace.Transaction edits : trace.transactions()) {
      try (Transaction transaction = document.startTransaction()) {
        edit(transaction, text, edits);
        var unused = transaction.commit();
      }
    }
  }

  private static void edit(Transaction transaction, ObjectId text, Trace.Transaction edits) {
    for (Trace.Patch patch : edits.patches()) {
      transaction.spliceText(text, patch.position(), patch.deleted(), patch.inserted());
    }
  }

  @Override
  public Consumer<Document> applying(List<byte[]> changes) {
    byte[] chunks;
    if (changes.size() == 1) {
      chunks = changes.get(0);
    } else {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      changes.forEach(all::writeBytes);
      chunks = all.toByteArray();
    }
    return document -> document.applyEncodedChanges(chunks);
  }

  @Override
  public PatchCount<Document> applyingWithPatches(byte[] change) {
    return document -> {
      PatchLog log = new PatchLog();
      try {
        document.applyEncodedChanges(change, log);
        return document.makePatches(log).size();
      } finally {
        log.free();
      }
    };
  }

  @Override
  public byte[] save(Document document) {
    return document.save();
  }

  @Override
  public void merge(Document document, Document other) {
    document.merge(other);
  }

  @Override
  public String text(Document document) {
    AmValue.Text value = (AmValue.Text) document.get(ObjectId.ROOT, "text").orElseThrow();
    return document.text(value.getId()).orElseThrow();
  }

  @Override
  public void free(Document document) {
    document.free();
  }

  @Override
  public long retainedBytes(Document document) {
    return -1;
  }
}
