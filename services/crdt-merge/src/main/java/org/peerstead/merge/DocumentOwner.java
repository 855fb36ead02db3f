package org.peerstead.merge;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.ChangeGraph;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.DocumentOptions;
import org.peerstead.crdt.sync.ReceiveOutcome;
import org.peerstead.crdt.sync.SyncState;
import org.peerstead.events.Bytes;
import org.peerstead.events.DocumentChanged;
import org.peerstead.events.DocumentCommand;
import org.peerstead.events.DocumentCommandResult;
import org.peerstead.events.DocumentCommandResult.Outcome;
import org.peerstead.events.DocumentId;
import org.peerstead.events.DocumentReader.ReadResult;
import org.peerstead.events.Hash32;
import org.peerstead.events.Session;
import org.peerstead.events.SyncInbound;
import org.peerstead.events.SyncOutbound;
import org.peerstead.events.SyncOutbound.Refusal;
import org.peerstead.events.Topics;
import org.peerstead.merge.core.DocumentSync;
import org.peerstead.merge.core.SyncOutput;
import org.peerstead.merge.store.DocumentRecord;
import org.peerstead.merge.store.StorageException;
import org.peerstead.merge.store.StoreOperation;

/**
 * The one place where a document is read and changed. Work arrives in a mailbox; one virtual thread
 * at a time takes all that waits and does it as one turn:
 *
 * <ol>
 *   <li>take in every message (the document in memory changes, nobody is told);
 *   <li>commit the new changes durably, once for the whole turn;
 *   <li>answer, tell the other sessions, announce the change;
 *   <li>serve reads, and make the log into a snapshot when it has grown.
 * </ol>
 *
 * <p>A commit that fails takes the document back to what is stored; the sessions begin again and
 * the ones that brought the changes are told that nothing is taken.
 *
 * <p>The mailbox may be used from any thread; everything else belongs to the turn.
 */
final class DocumentOwner {
  private static final Logger LOG = Logger.getLogger(DocumentOwner.class);

  /** Most messages taken into one turn, so that answers do not wait for ever. */
  private static final int MAX_TURN = 512;

  /** More new changes than this are stored as a snapshot rather than one by one. */
  private static final int MAX_LOGGED_CHANGES = 512;

  /** Room that must be there before a session that was refused is listened to again. */
  private static final int SPARE_BYTES = 1 << 20;

  /** What is known of the document in the store. */
  private enum Presence {
    NOT_LOOKED,
    ABSENT,
    STORED,
    DELETED,
    DAMAGED
  }

  /** A piece of work. */
  sealed interface Item {
    /** An event of a session; {@code onDone} runs when it needs no redelivery. */
    record Inbound(SyncInbound event, Runnable onDone) implements Item {}

    /** A command; {@code onDone} runs when it needs no redelivery. */
    record Command(DocumentCommand command, Runnable onDone) implements Item {}

    /** A read of the committed document. */
    record Read<T>(Function<Document, ReadResult<T>> query, CompletableFuture<ReadResult<T>> answer)
        implements Item {}

    /** An event to the session was lost. */
    record Lost(String sessionId) implements Item {}

    /** Sessions that have not answered have waited long enough for changes. */
    record ReleaseHeld() implements Item {}

    /** Another document needs the memory. */
    record Evict() implements Item {}

    /** Store what would be lost by stopping. */
    record Flush() implements Item {}
  }

  private final DocumentId id;
  private final Documents service;
  private final Queue<Item> mailbox = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final DocumentSync sync = new DocumentSync();

  /** Sessions whose changes are not taken, and why. */
  private final Map<String, Refused> refused = new HashMap<>();

  private Presence presence = Presence.NOT_LOOKED;
  private String damage = "";
  private @Nullable DocumentRecord record;
  private @Nullable Document document;
  private int committedRows;
  private long sequence;
  private boolean isTombstoneToRemove;
  private boolean isReleaseScheduled;
  private long lastStatesStoredNanos;

  /** Read by other threads after a turn, to find out whether this owner can be forgotten. */
  private volatile boolean isForgettable = true;

  // What the present turn has to tell.
  private final List<SyncOutput> outputs = new ArrayList<>();
  private final Map<Session, Refused> refusals = new LinkedHashMap<>();
  private final Map<String, Session> contributors = new LinkedHashMap<>();
  private final List<DocumentSync.StorableState> departedStates = new ArrayList<>();
  private boolean needsSettling;
  private boolean headsChanged;

  private record Refused(Refusal refusal, String detail) {}

  DocumentOwner(DocumentId id, Documents service) {
    this.id = id;
    this.service = service;
  }

  DocumentId id() {
    return id;
  }

  /** Adds work; returns true when the caller has to have {@link #run} executed. */
  boolean offer(Item item) {
    mailbox.add(item);
    return waiting.getAndIncrement() == 0;
  }

  /** True when nothing waits and nothing would be lost by forgetting this owner. */
  boolean isForgettable() {
    return waiting.get() == 0 && isForgettable;
  }

  /** Works until the mailbox is empty. Only one thread at a time, as {@link #offer} arranges. */
  void run() {
    int remaining = waiting.get();
    while (remaining > 0) {
      var items = new ArrayList<Item>(Math.min(remaining, MAX_TURN));
      for (int i = Math.min(remaining, MAX_TURN); i > 0; i--) {
        items.add(next());
      }
      turn(items);
      isForgettable = sync.size() == 0 && document == null;
      remaining = waiting.addAndGet(-items.size());
    }
  }

  private Item next() {
    Item item = mailbox.poll();
    while (item == null) {
      // Counted but not yet linked: the other thread is between its two steps.
      Thread.onSpinWait();
      item = mailbox.poll();
    }
    return item;
  }

  private void turn(List<Item> items) {
    try {
      take(items);
      commitChanges();
      settle();
      send();
      serveReads(items);
      storeStates(items);
      compact();
    } catch (RuntimeException e) {
      // A fault of ours, or a store that cannot be read: this document begins again, others go on.
      LOG.errorf(e, "Turn of document %s failed", id);
      service.metrics().rejected("internal_error");
      failTurn(items, e);
    }
    for (Item item : items) {
      done(item);
    }
    afterUse(items);
  }

  private static void done(Item item) {
    switch (item) {
      case Item.Inbound inbound -> inbound.onDone().run();
      case Item.Command command -> command.onDone().run();
      case Item.Read<?> read -> read.answer().complete(unavailable("The read was not served"));
      case Item.Lost lost -> {}
      case Item.ReleaseHeld release -> {}
      case Item.Evict evict -> {}
      case Item.Flush flush -> {}
    }
  }

  private static <T> ReadResult<T> unavailable(String reason) {
    return new ReadResult.Unavailable<>(reason);
  }

  private void failTurn(List<Item> items, RuntimeException cause) {
    goBack();
    outputs.clear();
    refusals.clear();
    contributors.clear();
    for (Item item : items) {
      if (item instanceof Item.Inbound inbound
          && inbound.event().kind() != SyncInbound.Kind.CLOSED) {
        refuse(
            inbound.event().session(),
            Refusal.OVERLOADED,
            "The document could not be served; try again later");
      } else if (item instanceof Item.Command command) {
        answer(command.command(), Outcome.FAILED, List.of(), "The document could not be served");
      } else if (item instanceof Item.Read<?> read) {
        read.answer().complete(unavailable(String.valueOf(cause.getMessage())));
      }
    }
    send();
  }

  // ---- taking in -------------------------------------------------------------------------------

  private void take(List<Item> items) {
    for (Item item : items) {
      switch (item) {
        case Item.Inbound inbound -> receive(inbound.event());
        case Item.Command command -> execute(command.command());
        case Item.Lost lost -> {
          sync.beginAgain(lost.sessionId());
          needsSettling = true;
        }
        case Item.ReleaseHeld release -> {
          isReleaseScheduled = false;
          releaseHeld();
        }
        case Item.Read<?> read -> {}
        case Item.Evict evict -> {}
        case Item.Flush flush -> {}
      }
    }
  }

  private void receive(SyncInbound event) {
    Session session = event.session();
    String sessionId = session.sessionId();
    service.metrics().received(kindName(event.kind()), event.data().size());
    if (event.kind() == SyncInbound.Kind.CLOSED) {
      if (sync.contains(sessionId)) {
        sync.leave(sessionId).ifPresent(departedStates::add);
        refused.remove(sessionId);
        service.sessions().leave(sessionId);
        needsSettling |= presence == Presence.ABSENT;
      }
      return;
    }
    if (!join(session) || !sync.isNew(sessionId, event.counter())) {
      return;
    }
    if (event.kind() == SyncInbound.Kind.UNAVAILABLE) {
      sync.unavailable(sessionId);
      needsSettling |= look() == Presence.ABSENT;
      return;
    }
    Document current = openFor(session);
    if (current == null) {
      return;
    }
    byte[] message = event.data().unsafeArray();
    if (message.length > service.limits().maxMessageBytes()) {
      refuse(
          session,
          Refusal.MESSAGE_TOO_LARGE,
          "The message has "
              + message.length
              + " bytes, at most "
              + service.limits().maxMessageBytes());
      return;
    }
    merge(current, event, message);
  }

  private void merge(Document current, SyncInbound event, byte[] message) {
    Session session = event.session();
    String sessionId = session.sessionId();
    Refused limit = admission(sessionId, message.length);
    sync.setReadOnly(sessionId, limit != null);
    boolean isRequest = event.kind() == SyncInbound.Kind.REQUEST;
    long started = System.nanoTime();
    ReceiveOutcome outcome;
    try {
      outcome = sync.receive(current, sessionId, isRequest, message);
    } catch (AutomergeFormatException e) {
      LOG.debugf(
          "Document %s: malformed sync message from %s: %s", id, session.peerId(), e.getMessage());
      service.metrics().rejected("malformed_" + e.reason());
      refuse(session, Refusal.MALFORMED, "Malformed sync message: " + e.reason());
      return;
    }
    service.metrics().merged(System.nanoTime() - started);
    needsSettling = true;
    if (limit != null && (outcome.changesIgnored() || sync.hasMore(current, sessionId))) {
      refuse(session, limit.refusal(), limit.detail());
    }
    if (outcome.changesApplied() > 0) {
      contributors.put(sessionId, session);
    }
    if (outcome.changesQueued() > service.limits().maxOrphans()) {
      var tooMany =
          new Refused(
              Refusal.TOO_MANY_ORPHANS,
              outcome.changesQueued()
                  + " changes wait for their dependencies, at most "
                  + service.limits().maxOrphans());
      refuse(session, tooMany.refusal(), tooMany.detail());
      refused.put(sessionId, tooMany);
      dropOrphans(sessionId);
    }
  }

  /** Adds the session, unless it uses too many documents. */
  private boolean join(Session session) {
    if (sync.contains(session.sessionId())) {
      return true;
    }
    if (!service.sessions().enter(session.sessionId())) {
      refuse(
          session,
          Refusal.TOO_MANY_DOCUMENTS,
          "The session uses more than "
              + service.sessions().maxDocuments()
              + " documents: close some");
      outputs.add(new SyncOutput.Unavailable(session));
      return false;
    }
    sync.join(session, storedState(session));
    return true;
  }

  private Optional<SyncState> storedState(Session session) {
    String storageId = session.storageId();
    if (storageId == null || session.isEphemeral() || look() != Presence.STORED) {
      return Optional.empty();
    }
    Optional<byte[]> stored = service.store().syncState(id, storageId);
    try {
      return stored.isPresent() ? Optional.of(SyncState.decode(stored.get())) : Optional.empty();
    } catch (AutomergeFormatException e) {
      LOG.warnf("Document %s: stored sync state of %s is unreadable, dropped", id, storageId);
      return Optional.empty();
    }
  }

  /** The document for a session, or null after telling it that there is none to be had. */
  private @Nullable Document openFor(Session session) {
    Document current = look() == Presence.DELETED ? null : open();
    if (current == null) {
      if (presence == Presence.DAMAGED) {
        refuse(session, Refusal.DAMAGED, "The stored document is damaged");
      }
      outputs.add(sync.withdraw(session.sessionId()));
    }
    return current;
  }

  /**
   * Why a session's changes are not taken now, or null. A session that was refused is listened to
   * again only when there is room to spare: starting over costs a whole exchange.
   */
  private @Nullable Refused admission(String sessionId, int moreBytes) {
    Refused earlier = refused.get(sessionId);
    boolean isPassing = earlier == null || earlier.refusal() == Refusal.STORE_FULL;
    if (!isPassing) {
      return earlier;
    }
    Refused limit = admission(earlier == null ? moreBytes : Math.max(moreBytes, SPARE_BYTES));
    if (limit == null) {
      refused.remove(sessionId);
    } else {
      refused.put(sessionId, limit);
    }
    return limit;
  }

  private @Nullable Refused admission(int moreBytes) {
    Optional<String> full = service.capacity().refusal(moreBytes);
    if (full.isPresent()) {
      return new Refused(Refusal.STORE_FULL, full.get());
    }
    return storedBytes() + moreBytes > service.limits().maxDocumentBytes()
        ? tooLarge(moreBytes)
        : null;
  }

  private Refused tooLarge(long moreBytes) {
    return new Refused(
        Refusal.DOCUMENT_TOO_LARGE,
        "The document holds "
            + storedBytes()
            + " bytes; "
            + moreBytes
            + " more would exceed the limit of "
            + service.limits().maxDocumentBytes());
  }

  private DocumentOptions options() {
    return service.limits().documentOptions();
  }

  private long storedBytes() {
    DocumentRecord known = record;
    return known == null ? 0 : known.storedBytes();
  }

  /** Keeps what is complete and forgets the changes that wait; their sender is not listened to. */
  private void dropOrphans(String sessionId) {
    sync.setReadOnly(sessionId, true);
    commitChanges();
    goBack();
  }

  private void releaseHeld() {
    if (sync.isHolding()) {
      Document current = look() == Presence.STORED ? open() : null;
      if (current != null) {
        commitChanges();
        outputs.addAll(sync.releaseHeld(current));
      }
    }
  }

  // ---- commands --------------------------------------------------------------------------------

  private void execute(DocumentCommand command) {
    // What was taken in before is committed by itself: a command must not take it down when it
    // fails.
    commitChanges();
    try {
      switch (command.action()) {
        case DocumentCommand.ImportAutomerge action -> importAutomerge(command, action.data());
        case DocumentCommand.CreateFromJson action -> createFromJson(command, action.json());
        case DocumentCommand.Delete() -> delete(command);
      }
    } catch (StorageException e) {
      LOG.warnf("Document %s: %s failed: %s", id, command.action().getClass(), e.getMessage());
      goBack();
      answer(command, Outcome.FAILED, List.of(), "The store failed");
    }
  }

  private void importAutomerge(DocumentCommand command, Bytes data) {
    if (!admits(command, data.size())) {
      return;
    }
    long started = System.nanoTime();
    Document imported;
    try {
      // By itself first: what is malformed or incomplete must leave no trace in the document.
      imported = Document.load(data.unsafeArray(), service.newActor(), options());
    } catch (AutomergeFormatException e) {
      service.metrics().rejected("malformed_import");
      answer(command, Outcome.MALFORMED, List.of(), "Not an Automerge file: " + e.getMessage());
      return;
    }
    if (imported.heads().isEmpty()) {
      answer(command, Outcome.MALFORMED, List.of(), "The file holds no complete change");
      return;
    }
    if (presence == Presence.ABSENT || presence == Presence.DELETED) {
      service.metrics().merged(System.nanoTime() - started);
      store(command, imported);
      return;
    }
    Document current = open();
    if (current == null) {
      answer(command, Outcome.FAILED, List.of(), "The stored document is damaged: " + damage);
      return;
    }
    try {
      current.loadIncremental(data.unsafeArray());
      service.metrics().merged(System.nanoTime() - started);
    } catch (AutomergeFormatException e) {
      service.metrics().rejected("conflicting_import");
      goBack();
      answer(
          command,
          Outcome.MALFORMED,
          List.of(),
          "The file contradicts the document: " + e.getMessage());
      return;
    }
    store(command, current);
  }

  private void createFromJson(DocumentCommand command, Bytes json) {
    if (!admits(command, json.size())) {
      return;
    }
    if (presence == Presence.STORED || presence == Presence.DAMAGED) {
      answer(command, Outcome.ALREADY_EXISTS, heads(), "The document exists already");
      return;
    }
    Document created;
    try {
      created = JsonImport.create(json.unsafeArray(), service.newActor(), options());
    } catch (JsonImport.MalformedJsonException e) {
      service.metrics().rejected("malformed_json");
      answer(command, Outcome.MALFORMED, List.of(), String.valueOf(e.getMessage()));
      return;
    }
    store(command, created);
  }

  private boolean admits(DocumentCommand command, int moreBytes) {
    look();
    Refused limit = admission(moreBytes);
    if (limit == null && moreBytes > service.limits().maxMessageBytes()) {
      limit = tooLarge(moreBytes);
    }
    if (limit == null) {
      return true;
    }
    service.metrics().rejected(limit.refusal().name());
    Outcome outcome =
        limit.refusal() == Refusal.STORE_FULL ? Outcome.STORE_FULL : Outcome.DOCUMENT_TOO_LARGE;
    answer(command, outcome, heads(), limit.detail());
    return false;
  }

  /** Makes {@code changed} the document, commits it and answers the command. */
  private void store(DocumentCommand command, Document changed) {
    if (document != changed) {
      document = changed;
      committedRows = 0;
    }
    isTombstoneToRemove = presence == Presence.DELETED;
    Refused failure = commitChanges();
    if (failure == null) {
      needsSettling = true;
      answer(command, Outcome.DONE, heads(), "");
    } else {
      Outcome outcome =
          switch (failure.refusal()) {
            case DOCUMENT_TOO_LARGE -> Outcome.DOCUMENT_TOO_LARGE;
            case STORE_FULL -> Outcome.STORE_FULL;
            default -> Outcome.FAILED;
          };
      answer(command, outcome, List.of(), failure.detail());
    }
  }

  private void delete(DocumentCommand command) {
    switch (look()) {
      case ABSENT, NOT_LOOKED ->
          answer(command, Outcome.NOT_FOUND, List.of(), "There is no such document");
      case DELETED -> answer(command, Outcome.DONE, List.of(), "");
      case STORED, DAMAGED -> {
        boolean wasDamaged = presence == Presence.DAMAGED;
        DocumentRecord known = record;
        commit(List.of(new StoreOperation.Bury(id, service.nowMillis())));
        service.capacity().documentsChanged(-1, known == null ? 0 : -known.storedBytes());
        service.capacity().tombstonesChanged(1);
        if (wasDamaged) {
          service.capacity().removedDamaged();
        }
        close();
        record = null;
        presence = Presence.DELETED;
        sync.startOver();
        outputs.addAll(sync.withdraw());
        needsSettling = false;
        LOG.infof("Document %s deleted for %s", id, command.principal());
        answer(command, Outcome.DONE, List.of(), "");
      }
    }
  }

  private List<Hash32> heads() {
    DocumentRecord known = record;
    return known == null ? List.of() : known.heads();
  }

  private void answer(DocumentCommand command, Outcome outcome, List<Hash32> heads, String detail) {
    String bounded =
        detail.length() <= DocumentCommandResult.MAX_DETAIL_LENGTH
            ? detail
            : detail.substring(0, DocumentCommandResult.MAX_DETAIL_LENGTH);
    service
        .outbox()
        .send(
            new DocumentCommandResult(
                command.gatewayId(), command.requestId(), id, outcome, heads, bounded),
            () -> LOG.warnf("The answer to request %s was lost", command.requestId()));
  }

  // ---- the store -------------------------------------------------------------------------------

  private Presence look() {
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

  /** The document, or null when it was deleted or is damaged. */
  private @Nullable Document open() {
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
        document = Document.create(service.newActor(), options());
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
      Document loaded = Document.load(Chunks.join(chunks), service.newActor(), options());
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
    service.capacity().foundDamaged();
    LOG.errorf(
        "Document %s is damaged and is not served: %s. Restore it from a backup: delete it, then"
            + " import a copy",
        id, reason);
  }

  /**
   * Commits what the document has gained.
   *
   * @return why it failed, after going back to what is stored; null when it is durable
   */
  private @Nullable Refused commitChanges() {
    Document current = document;
    if (current == null || current.graph().size() == committedRows) {
      return null;
    }
    ChangeGraph graph = current.graph();
    int from = committedRows;
    int gained = graph.size() - from;
    DocumentRecord before = record;
    List<byte[]> changes = gained <= MAX_LOGGED_CHANGES ? changes(current, from) : List.of();
    var operations = new ArrayList<StoreOperation>();
    DocumentRecord after = plan(current, before, changes, operations);
    if (after.storedBytes() > service.limits().maxDocumentBytes()
        && after.storedBytes() > storedBytes()) {
      return giveUp(tooLarge(after.storedBytes() - storedBytes()));
    }
    // Compressed messages grow: what they had room for when they came may be more than there is.
    Optional<String> full = service.capacity().refusal(after.storedBytes() - storedBytes());
    if (full.isPresent()) {
      return giveUp(new Refused(Refusal.STORE_FULL, full.get()));
    }
    if (isTombstoneToRemove) {
      operations.add(new StoreOperation.Exhume(id));
    }
    try {
      commit(operations);
    } catch (StorageException e) {
      LOG.warnf("Document %s: %d changes could not be stored: %s", id, gained, e.getMessage());
      return giveUp(new Refused(Refusal.STORE_FULL, "The store cannot take new data"));
    }
    service
        .capacity()
        .documentsChanged(before == null ? 1 : 0, after.storedBytes() - storedBytes());
    if (isTombstoneToRemove) {
      service.capacity().tombstonesChanged(-1);
      isTombstoneToRemove = false;
    }
    service.metrics().changesApplied(gained);
    record = after;
    presence = Presence.STORED;
    committedRows = graph.size();
    headsChanged = true;
    announce(graph, from, changes, after.heads());
    contributors.clear();
    return null;
  }

  private static List<byte[]> changes(Document current, int from) {
    ChangeGraph graph = current.graph();
    var changes = new ArrayList<byte[]>(graph.size() - from);
    for (int row = from; row < graph.size(); row++) {
      changes.add(current.changeBytes(graph.hash(row)));
    }
    return changes;
  }

  /** Adds the operations that store the document's gain; returns the record after them. */
  private DocumentRecord plan(
      Document current,
      @Nullable DocumentRecord before,
      List<byte[]> changes,
      List<StoreOperation> operations) {
    long now = service.nowMillis();
    long created = before == null ? now : before.createdMillis();
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
            now,
            current.graph().size(),
            snapshotBytes,
            logBytes,
            logFrom,
            logTo,
            Hashes.fromEngine(current.heads()));
    operations.add(new StoreOperation.PutRecord(id, after));
    return after;
  }

  private void commit(List<StoreOperation> operations) {
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

  /** The document returns to what is stored; those who brought changes hear why. */
  private Refused giveUp(Refused reason) {
    var losers = new ArrayList<>(contributors.values());
    goBack();
    for (Session session : losers) {
      if (sync.contains(session.sessionId())) {
        sync.setReadOnly(session.sessionId(), true);
        refused.put(session.sessionId(), reason);
        refuse(session, reason.refusal(), reason.detail());
      }
    }
    needsSettling = true;
    return reason;
  }

  private void goBack() {
    close();
    record = null;
    presence = Presence.NOT_LOOKED;
    isTombstoneToRemove = false;
    contributors.clear();
    sync.startOver();
  }

  private void close() {
    Document closing = document;
    if (closing != null && closing.queuedCount() > 0) {
      // Changes that wait for others go with it: whoever sent them has to send them again.
      sync.startOver();
    }
    document = null;
    committedRows = 0;
    service.openDocuments().closed(this);
  }

  private void compact() {
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
      commit(operations);
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

  // ---- telling ---------------------------------------------------------------------------------

  private void settle() {
    if (!needsSettling && !headsChanged) {
      return;
    }
    if (sync.size() > 0) {
      Document current = look() == Presence.DELETED ? null : open();
      if (current == null) {
        outputs.addAll(sync.withdraw());
      } else {
        outputs.addAll(sync.settle(current, headsChanged));
        scheduleRelease();
      }
    }
    needsSettling = false;
    headsChanged = false;
  }

  private void scheduleRelease() {
    if (!isReleaseScheduled && sync.isHolding()) {
      isReleaseScheduled = true;
      service.later(service.limits().holdChanges(), this, new Item.ReleaseHeld());
    }
  }

  private void send() {
    refusals.forEach((session, refused) -> {
      service.metrics().rejected(refused.refusal().name());
      send(session, new SyncOutbound.Refused(refused.refusal(), refused.detail()));
    });
    for (SyncOutput output : outputs) {
      switch (output) {
        case SyncOutput.Send send -> {
          service.metrics().sent(send.isRequest() ? "request" : "sync", send.message().length);
          service.metrics().changesSent(send.changes());
          send(
              send.session(),
              new SyncOutbound.Message(send.isRequest(), Bytes.wrap(send.message())));
        }
        case SyncOutput.Unavailable unavailable -> {
          service.metrics().sent("unavailable", 0);
          send(unavailable.session(), new SyncOutbound.Unavailable());
        }
        case SyncOutput.RemoteHeads heads ->
            send(
                heads.session(),
                new SyncOutbound.RemoteHeads(
                    heads.storageId(), Hashes.fromEngine(heads.heads()), service.nowMillis()));
      }
    }
    refusals.clear();
    outputs.clear();
    contributors.clear();
  }

  private void send(Session session, SyncOutbound.Body body) {
    String sessionId = session.sessionId();
    service
        .outbox()
        .send(
            new SyncOutbound(session.gatewayId(), sessionId, service.nextCounter(), id, body),
            () -> service.submit(id, new Item.Lost(sessionId)));
  }

  private void refuse(Session session, Refusal refusal, String detail) {
    refusals.putIfAbsent(session, new Refused(refusal, detail));
  }

  private void announce(ChangeGraph graph, int from, List<byte[]> changes, List<Hash32> heads) {
    int gained = graph.size() - from;
    var hashes = new ArrayList<Hash32>();
    if (gained <= DocumentChanged.MAX_HASHES) {
      for (int row = from; row < graph.size(); row++) {
        hashes.add(Hashes.fromEngine(graph.hash(row)));
      }
    }
    long size = 0;
    for (byte[] change : changes) {
      size += change.length;
    }
    List<Bytes> inline =
        size > Topics.MAX_INLINE_BYTES ? List.of() : changes.stream().map(Bytes::wrap).toList();
    String origin = contributors.isEmpty() ? null : contributors.keySet().iterator().next();
    service
        .outbox()
        .send(
            new DocumentChanged(id, heads, hashes, inline, origin, ++sequence),
            () -> LOG.debugf("A change of document %s was not announced", id));
  }

  // ---- reads and rest --------------------------------------------------------------------------

  private void serveReads(List<Item> items) {
    for (Item item : items) {
      if (item instanceof Item.Read<?> read) {
        serve(read);
      }
    }
  }

  private <T> void serve(Item.Read<T> read) {
    ReadResult<T> answer =
        switch (look()) {
          case ABSENT, NOT_LOOKED -> new ReadResult.Absent<>();
          case DELETED -> new ReadResult.Deleted<>();
          case DAMAGED -> new ReadResult.Damaged<>(damage);
          case STORED -> {
            Document current = open();
            yield current == null ? new ReadResult.Damaged<>(damage) : read.query().apply(current);
          }
        };
    read.answer().complete(answer);
  }

  private void storeStates(List<Item> items) {
    boolean isFlush = items.stream().anyMatch(Item.Flush.class::isInstance);
    var states = new ArrayList<>(departedStates);
    departedStates.clear();
    long now = System.nanoTime();
    if (isFlush || now - lastStatesStoredNanos > Documents.STATE_INTERVAL.toNanos()) {
      lastStatesStoredNanos = now;
      states.addAll(sync.storableStates());
    }
    if (states.isEmpty() || presence != Presence.STORED) {
      return;
    }
    var operations = new ArrayList<StoreOperation>();
    for (DocumentSync.StorableState state : states) {
      operations.add(new StoreOperation.PutSyncState(id, state.storageId(), state.state()));
    }
    // Not waited for: a lost sync state costs some bytes at the next connection, nothing else.
    service
        .committer()
        .commit(operations)
        .whenComplete((done, failure) -> {
          if (failure != null) {
            LOG.debugf("Document %s: sync states not stored: %s", id, failure.getMessage());
          }
        });
  }

  private void afterUse(List<Item> items) {
    Document current = document;
    if (current == null) {
      return;
    }
    boolean isEvicted = false;
    boolean isUsed = false;
    for (Item item : items) {
      isEvicted |= item instanceof Item.Evict;
      isUsed |= !(item instanceof Item.Evict || item instanceof Item.Flush);
    }
    if (isEvicted && !isUsed) {
      service.metrics().evicted();
      close();
    } else if (presence == Presence.ABSENT && current.queuedCount() == 0) {
      close();
    } else {
      for (DocumentOwner other : service.openDocuments().used(this, current.retainedBytes())) {
        service.evict(other.id());
      }
    }
  }

  private static String kindName(SyncInbound.Kind kind) {
    return switch (kind) {
      case SYNC -> "sync";
      case REQUEST -> "request";
      case UNAVAILABLE -> "unavailable";
      case CLOSED -> "closed";
    };
  }
}
