package org.peerstead.merge;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.events.DocumentCommand;
import org.peerstead.events.DocumentId;
import org.peerstead.events.DocumentReader.ReadResult;
import org.peerstead.events.SyncInbound;
import org.peerstead.merge.store.DocumentStore;

/**
 * The service without its bus: takes events and commands, gives each to the owner of its document,
 * and keeps count of what is open. Knows only documents in use; starting it loads none.
 *
 * <p>Thread-safe. Does not own the store: close that after {@link #stop}.
 */
public final class Documents {
  private static final Logger LOG = Logger.getLogger(Documents.class);

  /** How often the sync states of a busy document are stored. */
  static final Duration STATE_INTERVAL = Duration.ofSeconds(1);

  /** Has something run later; the production one is a scheduled executor. */
  @FunctionalInterface
  public interface Timer {
    /** Runs {@code task} after {@code delay}, on any thread, or never when stopping. */
    void runLater(Duration delay, Runnable task);
  }

  /**
   * What the service stands on.
   *
   * @param store where documents are kept
   * @param committer writes to that store
   * @param outbox the way to the bus
   * @param executor runs the owners' turns, which block: virtual threads
   * @param timer for what waits
   * @param clock the wall clock
   * @param random for actor ids
   */
  public record Ports(
      DocumentStore store,
      Committer committer,
      Outbox outbox,
      Executor executor,
      Timer timer,
      InstantSource clock,
      RandomGenerator random) {

    /** Ports with the platform's clock and randomness. */
    public static Ports of(
        DocumentStore store, Committer committer, Outbox outbox, Executor executor, Timer timer) {
      return new Ports(
          store, committer, outbox, executor, timer, InstantSource.system(), new SecureRandom());
    }
  }

  private final Ports ports;
  private final MergeLimits limits;
  private final MergeMetrics metrics;
  private final StoreCapacity capacity;
  private final OpenDocuments open;
  private final SessionDirectory sessions;
  private final ConcurrentMap<DocumentId, DocumentOwner> owners = new ConcurrentHashMap<>();
  private final AtomicLong counter = new AtomicLong();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicBoolean isStopping = new AtomicBoolean();

  /** Walks once over the records of the store to know the totals. */
  public Documents(Ports ports, MergeLimits limits, MergeMetrics metrics) {
    this.ports = ports;
    this.limits = limits;
    this.metrics = metrics;
    this.capacity =
        new StoreCapacity(
            ports.store(), limits.maxStoredBytes(), limits.minFreeBytes(), ports.clock());
    this.open = new OpenDocuments(limits.maxOpenBytes());
    this.sessions = new SessionDirectory(limits.maxDocumentsPerSession());
    metrics.gauges(capacity, open, sessions);
  }

  /**
   * Takes an event of a session.
   *
   * @param onDone runs, on any thread, when the event has been dealt with
   */
  public void receive(SyncInbound event, Runnable onDone) {
    if (isStopping.get()) {
      onDone.run();
    } else {
      submit(event.document(), new DocumentOwner.Item.Inbound(event, onDone));
    }
  }

  /**
   * Takes a command, to be answered by an event.
   *
   * @param onDone runs, on any thread, when it has been answered
   */
  public void execute(DocumentCommand command, Runnable onDone) {
    if (isStopping.get()) {
      onDone.run();
    } else {
      submit(command.document(), new DocumentOwner.Item.Command(command, onDone));
    }
  }

  /** Applies {@code query} to the committed document, by its owner. */
  <T> CompletableFuture<ReadResult<T>> read(
      DocumentId document, Function<Document, ReadResult<T>> query) {
    var answer = new CompletableFuture<ReadResult<T>>();
    if (isStopping.get()) {
      answer.complete(new ReadResult.Unavailable<>("The service is stopping"));
    } else {
      submit(document, new DocumentOwner.Item.Read<>(query, answer));
    }
    return answer;
  }

  void submit(DocumentId document, DocumentOwner.Item item) {
    DocumentOwner idle = offer(document, item);
    if (idle != null) {
      running.incrementAndGet();
      ports.executor().execute(() -> run(idle));
    }
  }

  /**
   * Closes a document that others need the memory of. When it is idle the calling thread does it,
   * at once: a turn of its own would come after all turns that wait, and each of those may open a
   * document, so a client that asks for many would have them in memory all together.
   */
  void evict(DocumentId document) {
    DocumentOwner idle = offer(document, new DocumentOwner.Item.Evict());
    if (idle != null) {
      running.incrementAndGet();
      run(idle);
    }
  }

  /** Adds work to a document's mailbox; gives the owner when somebody has to run it. */
  private @Nullable DocumentOwner offer(DocumentId document, DocumentOwner.Item item) {
    var idle = new AtomicBoolean();
    DocumentOwner owner =
        owners.compute(
            document,
            (id, known) -> {
              DocumentOwner present = known == null ? new DocumentOwner(id, this) : known;
              idle.set(present.offer(item));
              return present;
            });
    return idle.get() ? owner : null;
  }

  private void run(DocumentOwner owner) {
    try {
      owner.run();
    } finally {
      running.decrementAndGet();
    }
    if (owner.isForgettable()) {
      owners.computeIfPresent(
          owner.id(), (id, known) -> known == owner && owner.isForgettable() ? null : known);
    }
  }

  /**
   * Takes nothing more, finishes what is in hand and stores what would be lost.
   *
   * @return whether everything was finished within {@code timeout}
   */
  public boolean stop(Duration timeout) {
    isStopping.set(true);
    owners.keySet().forEach(id -> submit(id, new DocumentOwner.Item.Flush()));
    long deadline = System.nanoTime() + timeout.toNanos();
    while (running.get() > 0) {
      if (System.nanoTime() - deadline > 0) {
        LOG.warnf("%d documents were still at work after %s", running.get(), timeout);
        return false;
      }
      try {
        Thread.sleep(Duration.ofMillis(5));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }

  void later(Duration delay, DocumentOwner owner, DocumentOwner.Item item) {
    ports
        .timer()
        .runLater(
            delay,
            () -> {
              if (!isStopping.get()) {
                submit(owner.id(), item);
              }
            });
  }

  long nextCounter() {
    return counter.incrementAndGet();
  }

  long nowMillis() {
    return ports.clock().millis();
  }

  ActorId newActor() {
    return ActorId.random(ports.random());
  }

  DocumentStore store() {
    return ports.store();
  }

  Committer committer() {
    return ports.committer();
  }

  Outbox outbox() {
    return ports.outbox();
  }

  MergeLimits limits() {
    return limits;
  }

  MergeMetrics metrics() {
    return metrics;
  }

  StoreCapacity capacity() {
    return capacity;
  }

  OpenDocuments openDocuments() {
    return open;
  }

  SessionDirectory sessions() {
    return sessions;
  }

  /** How many documents have an owner now: in memory or with sessions. */
  int ownerCount() {
    return owners.size();
  }

  /** Why nothing new is taken, empty in normal service. */
  public Optional<String> refusesWrites() {
    return capacity.refusal(0);
  }
}
