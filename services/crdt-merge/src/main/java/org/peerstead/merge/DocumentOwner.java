package org.peerstead.merge;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.ChangeGraph;
import org.peerstead.crdt.Document;
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
import org.peerstead.merge.DurableDocument.Presence;
import org.peerstead.merge.core.DocumentSync;
import org.peerstead.merge.core.SyncOutput;
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

  /** Room that must be there before a session that was refused is listened to again. */
  private static final int SPARE_BYTES = 1 << 20;

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

  private final DurableDocument durable;
  private long sequence;
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

  DocumentOwner(DocumentId id, Documents service) {
    this.id = id;
    this.service = service;
    this.durable = new DurableDocument(id, service, sync::startOver);
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
      isForgettable = sync.size() == 0 && durable.inMemory() == null;
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
      durable.compact();
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
    durable.goBack();
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
        needsSettling |= durable.look() == Presence.ABSENT;
      }
      return;
    }
    if (!join(session) || !sync.isNew(sessionId, event.counter())) {
      return;
    }
    if (event.kind() == SyncInbound.Kind.UNAVAILABLE) {
      sync.unavailable(sessionId);
      needsSettling |= durable.look() == Presence.ABSENT;
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
    if (storageId == null || session.isEphemeral() || durable.look() != Presence.STORED) {
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
    Document current = durable.look() == Presence.DELETED ? null : durable.open();
    if (current == null) {
      if (durable.look() == Presence.DAMAGED) {
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
    return durable.storedBytes() + moreBytes > service.limits().maxDocumentBytes()
        ? durable.tooLarge(moreBytes)
        : null;
  }

  /** Keeps what is complete and forgets the changes that wait; their sender is not listened to. */
  private void dropOrphans(String sessionId) {
    sync.setReadOnly(sessionId, true);
    commitChanges();
    durable.goBack();
  }

  private void releaseHeld() {
    if (sync.isHolding()) {
      Document current = durable.look() == Presence.STORED ? durable.open() : null;
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
      durable.goBack();
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
      imported =
          Document.load(data.unsafeArray(), service.newActor(), service.limits().documentOptions());
    } catch (AutomergeFormatException e) {
      service.metrics().rejected("malformed_import");
      answer(command, Outcome.MALFORMED, List.of(), "Not an Automerge file: " + e.getMessage());
      return;
    }
    if (imported.heads().isEmpty()) {
      answer(command, Outcome.MALFORMED, List.of(), "The file holds no complete change");
      return;
    }
    Document current = durable.look() == Presence.STORED ? durable.open() : null;
    if (current == null) {
      service.metrics().merged(System.nanoTime() - started);
      durable.replace(imported);
      store(command);
      return;
    }
    try {
      current.loadIncremental(data.unsafeArray());
      service.metrics().merged(System.nanoTime() - started);
    } catch (AutomergeFormatException e) {
      service.metrics().rejected("conflicting_import");
      durable.goBack();
      answer(
          command,
          Outcome.MALFORMED,
          List.of(),
          "The file contradicts the document: " + e.getMessage());
      return;
    }
    store(command);
  }

  private void createFromJson(DocumentCommand command, Bytes json) {
    if (!admits(command, json.size())) {
      return;
    }
    if (durable.look() == Presence.STORED || durable.look() == Presence.DAMAGED) {
      answer(command, Outcome.ALREADY_EXISTS, durable.heads(), "The document exists already");
      return;
    }
    Document created;
    try {
      created =
          JsonImport.create(
              json.unsafeArray(), service.newActor(), service.limits().documentOptions());
    } catch (JsonImport.MalformedJsonException e) {
      service.metrics().rejected("malformed_json");
      answer(command, Outcome.MALFORMED, List.of(), String.valueOf(e.getMessage()));
      return;
    }
    durable.replace(created);
    store(command);
  }

  private boolean admits(DocumentCommand command, int moreBytes) {
    durable.look();
    Refused limit = admission(moreBytes);
    if (limit == null && moreBytes > service.limits().maxMessageBytes()) {
      limit = durable.tooLarge(moreBytes);
    }
    if (limit == null) {
      return true;
    }
    service.metrics().rejected(limit.refusal().name());
    Outcome outcome =
        limit.refusal() == Refusal.STORE_FULL ? Outcome.STORE_FULL : Outcome.DOCUMENT_TOO_LARGE;
    answer(command, outcome, durable.heads(), limit.detail());
    return false;
  }

  /** Commits what the document holds now and answers the command. */
  private void store(DocumentCommand command) {
    Refused failure = commitChanges();
    if (failure == null) {
      needsSettling = true;
      answer(command, Outcome.DONE, durable.heads(), "");
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
    switch (durable.look()) {
      case ABSENT, NOT_LOOKED ->
          answer(command, Outcome.NOT_FOUND, List.of(), "There is no such document");
      case DELETED -> answer(command, Outcome.DONE, List.of(), "");
      case STORED, DAMAGED -> {
        durable.bury();
        outputs.addAll(sync.withdraw());
        needsSettling = false;
        LOG.infof("Document %s deleted for %s", id, command.principal());
        answer(command, Outcome.DONE, List.of(), "");
      }
    }
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

  /**
   * Commits what the document has gained and announces it.
   *
   * @return why it was not taken, null when all is well
   */
  private @Nullable Refused commitChanges() {
    try {
      DurableDocument.Gain gain = durable.commit();
      Document current = durable.inMemory();
      if (gain != null && current != null) {
        headsChanged = true;
        announce(current.graph(), gain);
        contributors.clear();
      }
      return null;
    } catch (NotTakenException e) {
      return giveUp(e.refused());
    }
  }

  /** Those who brought what was not taken hear why, and are not listened to. */
  private Refused giveUp(Refused reason) {
    for (Session session : contributors.values()) {
      if (sync.contains(session.sessionId())) {
        sync.setReadOnly(session.sessionId(), true);
        refused.put(session.sessionId(), reason);
        refuse(session, reason.refusal(), reason.detail());
      }
    }
    contributors.clear();
    needsSettling = true;
    return reason;
  }

  // ---- telling ---------------------------------------------------------------------------------

  private void settle() {
    if (!needsSettling && !headsChanged) {
      return;
    }
    if (sync.size() > 0) {
      Document current = durable.look() == Presence.DELETED ? null : durable.open();
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

  private void announce(ChangeGraph graph, DurableDocument.Gain gain) {
    int from = gain.from();
    List<byte[]> changes = gain.changes();
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
            new DocumentChanged(id, gain.heads(), hashes, inline, origin, ++sequence),
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
        switch (durable.look()) {
          case ABSENT, NOT_LOOKED -> new ReadResult.Absent<>();
          case DELETED -> new ReadResult.Deleted<>();
          case DAMAGED -> new ReadResult.Damaged<>(durable.damage());
          case STORED -> {
            Document current = durable.open();
            yield current == null
                ? new ReadResult.Damaged<>(durable.damage())
                : read.query().apply(current);
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
    if (states.isEmpty() || durable.look() != Presence.STORED) {
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
    boolean isEvicted = false;
    boolean isUsed = false;
    for (Item item : items) {
      isEvicted |= item instanceof Item.Evict;
      isUsed |= !(item instanceof Item.Evict || item instanceof Item.Flush);
    }
    Document current = durable.inMemory();
    if (current != null && isEvicted && !isUsed) {
      service.metrics().evicted();
      durable.close();
    } else if (current != null && durable.look() == Presence.ABSENT && current.queuedCount() == 0) {
      durable.close();
    }
    if (durable.inMemory() == null || current == null) {
      service.openDocuments().closed(this);
      return;
    }
    for (DocumentOwner other : service.openDocuments().used(this, current.retainedBytes())) {
      service.evict(other.id());
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
