package org.peerstead.merge;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.ChangeGraph;
import org.peerstead.crdt.Document;
import org.peerstead.events.DocumentId;
import org.peerstead.events.Hash32;
import org.peerstead.events.SyncOutbound.Refusal;
import org.peerstead.merge.store.DocumentRecord;
import org.peerstead.merge.store.StorageException;
import org.peerstead.merge.store.StoreOperation;

/**
 * A document in memory and in the store, and which of its changes are in both.
 *
 * <table>
 * <caption>What is known of it</caption>
 * <tr><th>from</th><th>to</th><th>when</th></tr>
 * <tr><td>NOT_LOOKED</td><td>ABSENT, STORED, DELETED, DAMAGED</td><td>{@link #look}</td></tr>
 * <tr><td>ABSENT, DELETED, DAMAGED</td><td>STORED</td><td>{@link #commit} of a first or replacing state</td></tr>
 * <tr><td>STORED</td><td>DAMAGED</td><td>it cannot be loaded</td></tr>
 * <tr><td>STORED, DAMAGED</td><td>DELETED</td><td>{@link #bury}</td></tr>
 * <tr><td>any</td><td>NOT_LOOKED</td><td>a write failed: it is unknown what is stored</td></tr>
 * </table>
 *
 * <p>Not thread-safe: belongs to the owner of the document. Methods that touch the store block and
 * may throw {@link StorageException}.
 */
final class DurableDocument {
  private static final Logger LOG = Logger.getLogger(DurableDocument.class);

  /** More new changes than this are stored as a snapshot rather than one by one. */
  private static final int MAX_LOGGED_CHANGES = 512;

  /** What is known of the document in the store. */
  enum Presence {
    NOT_LOOKED,
    ABSENT,
    STORED,
    DELETED,
    DAMAGED
  }

  /**
   * What a commit has made durable.
   *
   * @param from row of the first new change
   * @param changes the new changes' chunks; empty when there were too many
   * @param heads the heads after it
   */
  record Gain(int from, List<byte[]> changes, List<Hash32> heads) {}

  private final DocumentId id;
  private final Documents service;
  private final Runnable onLoss;
  private Presence presence = Presence.NOT_LOOKED;
  private String damage = "";
  private @Nullable DocumentRecord record;
  private @Nullable Document document;
  private int committedRows;

  /**
   * A document of which nothing is known yet.
   *
   * @param onLoss runs when changes that peers believe to be here are dropped from memory
   */
  DurableDocument(DocumentId id, Documents service, Runnable onLoss) {
    this.id = id;
    this.service = service;
    this.onLoss = onLoss;
  }

  /** What is known of it in the store, after looking when that has not been done. */
  Presence look() {
    if (presence != Presence.NOT_LOOKED) {
      return presence;
    }
    try {
      Optional<DocumentRecord> stored = service.store().record(id);
      record = stored.orElse(null);
      if (stored.isPresent()) {
        presence = Presence.STORED;
      } else {
        presence = service.store().tombstone(id).isPresent() ? Presence.DELETED : Presence.ABSENT;
      }
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.DAMAGED) {
        throw e;
      }
      reportDamage(String.valueOf(e.getMessage()));
    }
    return presence;
  }

  /** Why it is damaged. */
  String damage() {
    return damage;
  }

  /** Its heads as stored. */
  List<Hash32> heads() {
    DocumentRecord known = record;
    return known == null ? List.of() : known.heads();
  }

  /** Snapshot and log. */
  long storedBytes() {
    DocumentRecord known = record;
    return known == null ? 0 : known.storedBytes();
  }

  /** The document if it is in memory. */
  @Nullable Document inMemory() {
    return document;
  }

  /** The document, empty when it is absent; null when it was deleted or is damaged. */
  @Nullable Document open() {
    Document current = document;
    if (current != null) {
      service.metrics().hit();
      return current;
    }
    switch (look()) {
      case DELETED, DAMAGED, NOT_LOOKED -> {
        return null;
      }
      case ABSENT -> {
        document = Document.create(service.newActor(), service.limits().documentOptions());
        committedRows = 0;
      }
      case STORED -> load();
    }
    return document;
  }

  private void load() {
    DocumentRecord known = record;
    if (known == null) {
      throw new IllegalStateException("Document " + id + " is stored without a record");
    }
    service.metrics().loaded();
    try {
      List<byte[]> chunks = service.store().chunks(id, known);
      Document loaded =
          Document.load(
              Chunks.join(chunks), service.newActor(), service.limits().documentOptions());
      if (!Hashes.fromEngine(loaded.heads()).equals(known.heads())) {
        reportDamage("its heads are not those that were stored");
        return;
      }
      document = loaded;
      committedRows = loaded.graph().size();
    } catch (AutomergeFormatException e) {
      reportDamage(e.reason() + ": " + e.getMessage());
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.DAMAGED) {
        throw e;
      }
      reportDamage(String.valueOf(e.getMessage()));
    }
  }

  private void reportDamage(String reason) {
    presence = Presence.DAMAGED;
    damage = reason;
    service.capacity().foundDamaged(id);
    LOG.errorf(
        "Document %s is damaged and is not served: %s. Restore it by importing a copy from a backup",
        id, reason);
  }

  /**
   * Makes {@code created} the document, to be committed next; whatever was in memory is dropped.
   */
  void replace(Document created) {
    document = created;
    committedRows = 0;
  }

  /**
   * Makes durable what the document has gained; lifts a tombstone and replaces what is damaged.
   *
   * @return what that was, or null when it has gained nothing
   * @throws NotTakenException when that could not be done; nothing is in memory then
   */
  @Nullable Gain commit() throws NotTakenException {
    Document current = document;
    if (current == null || current.graph().size() == committedRows) {
      return null;
    }
    ChangeGraph graph = current.graph();
    int from = committedRows;
    int gained = graph.size() - from;
    boolean isDamaged = presence == Presence.DAMAGED;
    boolean isDeleted = presence == Presence.DELETED;
    DocumentRecord before = isDamaged ? null : record;
    List<byte[]> changes = gained <= MAX_LOGGED_CHANGES ? changes(current, from) : List.of();
    var operations = new ArrayList<StoreOperation>();
    if (isDamaged) {
      operations.add(new StoreOperation.Bury(id, service.nowMillis()));
    }
    if (isDamaged || isDeleted) {
      operations.add(new StoreOperation.Exhume(id));
    }
    DocumentRecord after = plan(current, before, changes, operations);
    admit(after.storedBytes() - storedBytes());
    try {
      write(operations);
    } catch (StorageException e) {
      LOG.warnf("Document %s: %d changes could not be stored: %s", id, gained, e.getMessage());
      throw notTaken(new Refused(Refusal.STORE_FULL, "The store cannot take new data"));
    }
    boolean isNew = before == null && !isDamaged;
    service.capacity().documentsChanged(isNew ? 1 : 0, after.storedBytes() - storedBytes());
    if (isDamaged) {
      service.capacity().repairedDamaged(id);
      onLoss.run();
    }
    if (isDeleted) {
      service.capacity().tombstonesChanged(-1);
    }
    service.metrics().changesApplied(gained);
    record = after;
    presence = Presence.STORED;
    committedRows = graph.size();
    return new Gain(from, changes, after.heads());
  }

  /** Compressed messages grow: what they had room for when they came may be more than there is. */
  private void admit(long moreBytes) throws NotTakenException {
    if (moreBytes > 0 && storedBytes() + moreBytes > service.limits().maxDocumentBytes()) {
      throw notTaken(tooLarge(moreBytes));
    }
    Optional<String> full = service.capacity().refusal(moreBytes);
    if (full.isPresent()) {
      throw notTaken(new Refused(Refusal.STORE_FULL, full.get()));
    }
  }

  private NotTakenException notTaken(Refused reason) {
    goBack();
    return new NotTakenException(reason);
  }

  /** The refusal of bytes that exceed the limit of one document. */
  Refused tooLarge(long moreBytes) {
    return new Refused(
        Refusal.DOCUMENT_TOO_LARGE,
        "The document holds "
            + storedBytes()
            + " bytes; "
            + moreBytes
            + " more would exceed the limit of "
            + service.limits().maxDocumentBytes());
  }

  private static List<byte[]> changes(Document current, int from) {
    ChangeGraph graph = current.graph();
    var changes = new ArrayList<byte[]>(graph.size() - from);
    for (int row = from; row < graph.size(); row++) {
      changes.add(current.changeBytes(graph.hash(row)));
    }
    return changes;
  }

  /**
   * Adds the operations that store the changes in the log, or everything as a snapshot when there
   * are none; returns the record after them.
   */
  private DocumentRecord plan(
      Document current,
      @Nullable DocumentRecord before,
      List<byte[]> changes,
      List<StoreOperation> operations) {
    long now = service.nowMillis();
    long created = before == null ? now : before.createdMillis();
    long changed =
        before != null && before.changes() == current.graph().size() ? before.changedMillis() : now;
    long snapshotBytes = before == null ? 0 : before.snapshotBytes();
    long logBytes = before == null ? 0 : before.logBytes();
    long logFrom = before == null ? 0 : before.logFrom();
    long logTo = before == null ? 0 : before.logTo();
    if (changes.isEmpty()) {
      byte[] snapshot = current.save();
      operations.add(new StoreOperation.PutSnapshot(id, snapshot));
      if (logTo > logFrom) {
        operations.add(new StoreOperation.RemoveLog(id, logFrom, logTo));
      }
      snapshotBytes = snapshot.length;
      logBytes = 0;
      logFrom = logTo;
    } else {
      byte[] entry = Chunks.join(changes);
      operations.add(new StoreOperation.AppendLog(id, logTo, entry));
      logBytes += entry.length;
      logTo++;
    }
    var after =
        new DocumentRecord(
            created,
            changed,
            current.graph().size(),
            snapshotBytes,
            logBytes,
            logFrom,
            logTo,
            Hashes.fromEngine(current.heads()));
    operations.add(new StoreOperation.PutRecord(id, after));
    return after;
  }

  private void write(List<StoreOperation> operations) {
    try {
      service.committer().commit(operations).join();
      service.capacity().writeSucceeded();
    } catch (CompletionException e) {
      if (e.getCause() instanceof StorageException failure) {
        service.capacity().writeFailed(failure);
        throw failure;
      }
      throw e;
    }
  }

  /**
   * Makes a log that has outgrown the snapshot into a new snapshot. Everything must be committed.
   */
  void compact() {
    Document current = document;
    DocumentRecord known = record;
    if (current == null
        || known == null
        || known.logBytes() < Math.max(service.limits().minLogBytes(), known.snapshotBytes())
        || service.refusesWrites().isPresent()) {
      return;
    }
    var operations = new ArrayList<StoreOperation>();
    DocumentRecord after = plan(current, known, List.of(), operations);
    try {
      write(operations);
      service.capacity().documentsChanged(0, after.storedBytes() - known.storedBytes());
      service.metrics().compacted();
      record = after;
    } catch (StorageException e) {
      // The log still holds everything, or the snapshot does: look again before the next write.
      LOG.warnf("Document %s could not be made into a snapshot: %s", id, e.getMessage());
      close();
      record = null;
      presence = Presence.NOT_LOOKED;
    }
  }

  /** Removes everything and leaves a tombstone. */
  void bury() {
    boolean isDamaged = look() == Presence.DAMAGED;
    long bytes = storedBytes();
    write(List.of(new StoreOperation.Bury(id, service.nowMillis())));
    service.capacity().documentsChanged(-1, -bytes);
    service.capacity().tombstonesChanged(1);
    if (isDamaged) {
      service.capacity().repairedDamaged(id);
    }
    close();
    record = null;
    presence = Presence.DELETED;
    onLoss.run();
  }

  /** Drops what is in memory and what is known: the store decides. */
  void goBack() {
    close();
    record = null;
    presence = Presence.NOT_LOOKED;
    onLoss.run();
  }

  /** Drops what is in memory; everything in it must be committed. */
  void close() {
    Document closing = document;
    document = null;
    committedRows = 0;
    if (closing != null && closing.queuedCount() > 0) {
      // Changes that wait for others go with it: whoever sent them has to send them again.
      onLoss.run();
    }
  }
}
