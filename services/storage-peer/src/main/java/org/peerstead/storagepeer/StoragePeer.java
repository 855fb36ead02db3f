package org.peerstead.storagepeer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.peerstead.events.Bytes;
import org.peerstead.events.CoreKey;
import org.peerstead.events.FollowStatus;
import org.peerstead.events.LogReader;
import org.peerstead.hypercore.AppendResult;
import org.peerstead.hypercore.CoreException;
import org.peerstead.hypercore.CoreInfo;
import org.peerstead.hypercore.Hypercore;
import org.peerstead.hypercore.Hypercores;
import org.peerstead.hypercore.OpenOptions;
import org.peerstead.hypercore.PeerInfo;
import org.peerstead.hypercore.Verification;
import org.peerstead.hypercore.core.Corestore;
import org.peerstead.hypercore.store.CoreAlias;
import org.peerstead.hypercore.store.CoreRecord;
import org.peerstead.hypercore.store.CoreStorage;
import org.peerstead.hypercore.store.CoreStore;
import org.peerstead.hypercore.store.StorageException;
import org.peerstead.hypercore.store.StoredHead;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.Namespaces;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.storagepeer.follow.FollowBook;
import org.peerstead.storagepeer.follow.FollowStore;
import org.peerstead.storagepeer.follow.FollowedCore;
import org.peerstead.storagepeer.follow.Refusal;

/**
 * Keeps logs: this device's own and those it was asked to keep. Everything that changes what is
 * kept runs on one thread, which may wait for the engine; reads go to the store directly.
 *
 * <p>Thread-safe. Methods block until what they do is done: call from a virtual or worker thread,
 * never from the engine's. Failures of the engine are {@link CoreException}.
 */
public final class StoragePeer implements AutoCloseable, LogReader {
  private static final Logger LOG = Logger.getLogger(StoragePeer.class);

  /** Bytes that may come in before the limits are looked at earlier than usual. */
  private static final long EARLY_SWEEP_BYTES = 16L << 20;

  /** Reading a very large core again takes hours; nobody waits for longer. */
  private static final Duration VERIFY_LIMIT = Duration.ofDays(1);

  private static final Duration BACKUP_LIMIT = Duration.ofHours(1);

  /** Requests of peers that wait for the worker. */
  private static final int MAX_WAITING_REQUESTS = 4096;

  /** Largest page of {@link #list}. */
  public static final int MAX_PAGE_SIZE = 1000;

  /** The outside world of the service. */
  public record Ports(
      CoreStore store,
      Path storeFolder,
      FollowStore follows,
      KeyFile keys,
      Entropy entropy,
      LongSupplier clockMillis,
      PeerOutbox outbox) {}

  private final StoragePeerSettings settings;
  private final StoragePeerMetrics metrics;
  private final CoreStore store;
  private final Path storeFolder;
  private final LongSupplier clockMillis;
  private final PeerOutbox outbox;
  private final FollowStore follows;
  private final FollowBook book;
  private final ScheduledThreadPoolExecutor worker;
  private final ScheduledThreadPoolExecutor teller;
  private final Hypercores engine;
  private final KeptCores kept;
  private final EngineEvents events;
  private final AtomicBoolean isSweepAsked = new AtomicBoolean();
  private final AtomicInteger waitingRequests = new AtomicInteger();
  private volatile @Nullable InetSocketAddress address;
  private volatile boolean isDiskFull;

  /** Of the worker only: whether the last sweep met a limit. */
  private boolean wasTight;

  /** Starts the service; it listens after {@link #listen}. Owns the stores from here on. */
  public StoragePeer(Ports ports, StoragePeerSettings settings, StoragePeerMetrics metrics) {
    this.settings = settings;
    this.metrics = metrics;
    this.store = new MeteredCoreStore(ports.store(), metrics::synced);
    this.storeFolder = ports.storeFolder();
    this.clockMillis = ports.clockMillis();
    this.outbox = ports.outbox();
    this.follows = ports.follows();
    this.book = new FollowBook(follows, settings.limits());
    this.worker = executor("peerstead-storage-peer");
    this.teller = executor("peerstead-storage-peer-events");
    var announcer = new Announcer(store, outbox, teller, metrics);
    this.events =
        new EngineEvents(
            announcer, outbox, metrics, clockMillis, settings.allowedPeers(), this::sweepSoon);
    this.engine =
        Hypercores.start(
            settings.engine(),
            store,
            ports.keys().primaryKey(),
            ports.keys().device(),
            ports.entropy(),
            events);
    events.started(engine);
    this.kept = new KeptCores(engine, book, settings, metrics, clockMillis);
    gauges();
    await(new BlindPeerFace(this, engine, settings.requests(), metrics).register());
    long period = settings.sweepInterval().toMillis();
    worker.execute(this::resume);
    worker.scheduleWithFixedDelay(this::sweep, period, period, TimeUnit.MILLISECONDS);
  }

  private static ScheduledThreadPoolExecutor executor(String name) {
    var executor =
        new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name(name).daemon().factory());
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    executor.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
    return executor;
  }

  private void gauges() {
    metrics.gauge("peerstead_core_stored", "Cores in the store", store::coreCount);
    metrics.gauge("peerstead_core_kept", "Cores kept, own and followed", book::size);
    metrics.gauge("peerstead_core_stored_bytes", "Bytes of kept blocks", book::storedBytes);
    metrics.gauge("peerstead_core_disk_bytes", "Bytes on disk", store::diskBytes);
    metrics.gauge("peerstead_core_paused", "Cores that take no blocks", () -> kept.lag().paused());
    metrics.gauge(
        "peerstead_replication_missing_blocks",
        "Blocks known, wanted and not here",
        () -> kept.lag().blocks());
    metrics.gauge(
        "peerstead_replication_lagging_cores", "Cores that miss blocks", () -> kept.lag().cores());
    metrics.gauge(
        "peerstead_replication_connections",
        "Open connections",
        () -> engine.stats().network().connections());
    metrics.gauge("peerstead_replication_peers", "Connected devices", () -> peerKeys().size());
    metrics.gauge("peerstead_core_open", "Cores in memory", () -> engine.stats().openCores());
    metrics.gauge(
        "peerstead_core_waiting_calls",
        "Calls that wait for the engine",
        () -> engine.stats().waitingCalls());
    metrics.engine(engine);
  }

  private Set<Fixed32> peerKeys() {
    var keys = new HashSet<Fixed32>();
    engine.peers().forEach(peer -> keys.add(peer.publicKey()));
    return keys;
  }

  /**
   * Listens for peers, and connects to those of the settings.
   *
   * @return where it listens
   * @throws StorageException when it cannot, with a message fit for an operator
   */
  public InetSocketAddress listen() {
    InetSocketAddress bound;
    try {
      bound = await(engine.listen(settings.listen()));
    } catch (RuntimeException e) {
      throw new StorageException(
          "cannot listen for peers on "
              + settings.listen()
              + " ("
              + e.getMessage()
              + "); stop the other program, or choose another port with --peer-port",
          e);
    }
    address = bound;
    execute(() -> settings.peers().forEach(kept::dial));
    return bound;
  }

  /** Where it listens; empty when it does not. */
  public Optional<InetSocketAddress> address() {
    return Optional.ofNullable(address);
  }

  /** The public key that this device proves to peers. */
  public Fixed32 deviceKey() {
    return engine.devicePublicKey();
  }

  /** The engine below, for the protocols beside replication. */
  Hypercores engine() {
    return engine;
  }

  /** What is kept. */
  FollowBook book() {
    return book;
  }

  /** Who is connected. */
  public List<PeerInfo> peers() {
    return engine.peers();
  }

  // Own logs.

  /**
   * Makes a log of this device, or finds the one of this name.
   *
   * @param name at most {@link CoreAlias#MAX_NAME_BYTES} bytes of UTF-8
   */
  public CoreView create(String name, String owner) throws RefusedException {
    return run(() -> {
      var alias = new CoreAlias(Corestore.ROOT_NAMESPACE, name);
      boolean isNew = store.find(alias) == null;
      if (isNew) {
        refuse(book.refusal(owner));
      }
      try (Hypercore session = await(engine.create(name))) {
        if (book.find(session.key()).isEmpty()) {
          book.put(FollowedCore.begin(session.key(), owner, FollowedCore.Origin.OWN, 1, 0, now()));
          book.save();
        }
        return view(session.key(), await(session.info()));
      }
    });
  }

  /**
   * Appends blocks to a log of this device, all or none; they are on disk when this returns.
   *
   * @return the index of the first of them and the length afterwards
   */
  public AppendResult append(Fixed32 key, List<Slice> blocks) throws RefusedException {
    if (isDiskFull) {
      refuse(Optional.of(Refusal.DISK_FULL));
    }
    Optional<FollowedCore> core = book.find(key);
    if (core.isPresent() && book.refusalToGrow(core.get()).isPresent() && !canMakeRoom()) {
      refuse(book.refusalToGrow(core.get()));
    }
    try (Hypercore session = await(engine.openStored(key, OpenOptions.DEFAULT))) {
      AppendResult result = await(session.append(blocks));
      metrics.appended(blocks.size());
      return result;
    }
  }

  private boolean canMakeRoom() {
    return !book.toEvict().isEmpty();
  }

  /** The log made here under a name; empty when there is none. */
  public Optional<Fixed32> keyOf(String name) {
    CoreRecord record = store.find(new CoreAlias(Corestore.ROOT_NAMESPACE, name));
    return record == null ? Optional.empty() : Optional.of(record.key());
  }

  // Logs of others.

  /** Begins to keep a log, or takes changed wishes into account. */
  public FollowedCore follow(FollowRequest request) throws RefusedException {
    return run(() -> followNow(request));
  }

  private FollowedCore followNow(FollowRequest request) throws RefusedException {
    Optional<FollowedCore> known = book.find(request.key());
    if (known.isEmpty()) {
      Optional<Refusal> refusal =
          isDiskFull ? Optional.of(Refusal.DISK_FULL) : book.refusal(request.owner());
      refusal.ifPresent(reason -> tellRefused(request.key(), reason));
      refuse(refusal);
    }
    FollowedCore wish = merge(known, request);
    book.put(wish);
    boolean isSameDownload =
        known.isPresent()
            && known.get().wantedFrom() == wish.wantedFrom()
            && Objects.equals(known.get().source(), wish.source());
    if (!isSameDownload) {
      book.save();
      kept.renew(wish, isDiskFull);
    }
    return wish;
  }

  /** As {@link #follow}, for callers that may not wait; fails when too many wait already. */
  CompletableFuture<CoreView> followLater(FollowRequest request) {
    return later(() -> {
      followNow(request);
      return view(request.key(), kept.info(request.key()).orElseThrow());
    });
  }

  /** As {@link #unfollow} on the operator's behalf, for callers that may not wait. */
  CompletableFuture<Boolean> unfollowLater(Fixed32 key) {
    return later(() -> unfollowNow(key, null));
  }

  private <T> CompletableFuture<T> later(Callable<T> task) {
    if (waitingRequests.incrementAndGet() > MAX_WAITING_REQUESTS) {
      waitingRequests.decrementAndGet();
      return CompletableFuture.failedFuture(
          new EngineBusyException("too many requests wait; try again later"));
    }
    var result = new CompletableFuture<T>();
    try {
      worker.execute(() -> {
        waitingRequests.decrementAndGet();
        try {
          result.complete(task.call());
        } catch (RefusedException e) {
          metrics.refused(e.reason());
          result.completeExceptionally(e);
        } catch (Exception e) {
          result.completeExceptionally(e);
        }
      });
    } catch (RejectedExecutionException e) {
      result.completeExceptionally(new EngineBusyException("the server is stopping"));
    }
    return result;
  }

  private FollowedCore merge(Optional<FollowedCore> known, FollowRequest request) {
    FollowedCore core =
        known.orElseGet(() ->
            FollowedCore.begin(
                request.key(),
                request.owner(),
                isOwn(request.key()) ? FollowedCore.Origin.OWN : FollowedCore.Origin.FOLLOWED,
                request.priority(),
                request.maxBytes(),
                now()));
    if (known.isPresent()) {
      // A later wish of somebody else never makes a log less safe.
      boolean isOwner = core.owner().equals(request.owner());
      core =
          core.withTerms(
                  isOwner ? request.priority() : Math.max(core.priority(), request.priority()),
                  isOwner ? request.maxBytes() : core.maxBytes())
              .withActivity(now());
    }
    if (request.isPinned()) {
      core = core.withPin(true);
    }
    if (request.isAnnounced()) {
      core = core.withAnnouncement(true);
    }
    if (request.isWhole()) {
      core = core.withAllWanted();
    }
    if (request.referrer() != null) {
      core = core.withReferrer(request.referrer());
    }
    return request.source() == null ? core : core.withSource(request.source().toString());
  }

  private boolean isOwn(Fixed32 key) {
    CoreRecord record = store.find(Namespaces.discoveryKey(key));
    return record != null && record.alias() != null;
  }

  /**
   * No longer keeps a log of somebody else and deletes its blocks.
   *
   * @param owner on whose behalf, or null for the operator, who may end everything
   * @return whether it was kept
   */
  public boolean unfollow(Fixed32 key, @Nullable String owner) throws RefusedException {
    return run(() -> unfollowNow(key, owner));
  }

  private boolean unfollowNow(Fixed32 key, @Nullable String owner) throws RefusedException {
    Optional<FollowedCore> known = book.find(key);
    if (known.isEmpty() || known.get().origin() == FollowedCore.Origin.OWN) {
      return false;
    }
    if (owner != null && !owner.equals(known.get().owner())) {
      refuse(Optional.of(Refusal.NOT_THE_OWNER));
    }
    forget(known.get());
    return true;
  }

  /** Deletes a log and everything in it, also an own one. Answers whether there was one. */
  public boolean delete(Fixed32 key) throws RefusedException {
    return run(() -> {
      kept.end(key);
      book.remove(key);
      book.save();
      return await(engine.delete(key));
    });
  }

  private void forget(FollowedCore core) {
    kept.end(core.key());
    book.remove(core.key());
    book.save();
    await(engine.delete(core.key()));
    outbox.send(
        new FollowStatus(
            CoreKey.of(core.key().toBytes()),
            FollowStatus.State.ENDED,
            0,
            0,
            0,
            0,
            core.activeMillis(),
            ""));
  }

  /** Pins a kept log or lets it go; a pinned one is fetched whole again. */
  public Optional<FollowedCore> pin(Fixed32 key, boolean isPinned) throws RefusedException {
    return run(() -> {
      Optional<FollowedCore> core = book.update(key, now -> now.withPin(isPinned));
      book.save();
      core.ifPresent(now -> kept.renew(now, isDiskFull));
      return core;
    });
  }

  // Looking.

  /** What is known of a log; empty when the store does not have it. */
  public Optional<CoreView> info(Fixed32 key) throws RefusedException {
    return run(() -> kept.info(key).map(info -> view(key, info)));
  }

  private CoreView view(Fixed32 key, CoreInfo info) {
    CoreRecord record = store.find(info.discoveryKey());
    CoreAlias alias = record == null ? null : record.alias();
    return new CoreView(
        key,
        info.discoveryKey(),
        alias == null ? null : alias.name(),
        info.fork(),
        info.length(),
        info.byteLength(),
        info.contiguousLength(),
        info.storedBlocks(),
        info.storedBytes(),
        info.lagBlocks(),
        info.peers(),
        info.isWritable(),
        info.isFrozen(),
        book.find(key),
        kept.refusal(key));
  }

  /**
   * Logs of the store in the order of their discovery keys.
   *
   * @param after discovery key of the last log of the previous page, or null
   * @param limit 1 to {@link #MAX_PAGE_SIZE}
   */
  public List<CoreView> list(@Nullable Fixed32 after, int limit) throws RefusedException {
    var page = new ArrayList<CoreRecord>();
    store.visit(record -> {
      if (after == null || record.discoveryKey().compareTo(after) > 0) {
        page.add(record);
      }
      return page.size() < limit;
    });
    var views = new ArrayList<CoreView>();
    for (CoreRecord record : page) {
      info(record.key()).ifPresent(views::add);
    }
    return views;
  }

  /** Hashes a log again and compares it with its signed head; takes as long as reading it. */
  public Verification verify(Fixed32 key) {
    Verification result = Answers.await(engine.verify(key), VERIFY_LIMIT);
    metrics.verified(result.blocksChecked());
    result.defects().forEach(defect -> metrics.defect(defect.kind().name()));
    if (!result.isSound()) {
      LOG.errorf(
          "Core %s has %d defects: restore it from a backup, or delete and follow it again",
          key, result.defectCount());
    }
    return result;
  }

  @Override
  public Optional<BlockRange> read(CoreKey core, long from, long to, int maxBytes) {
    if (from < 0) {
      throw new IllegalArgumentException("block " + from);
    }
    CoreRecord record = store.find(Namespaces.discoveryKey(Fixed32.of(core.toArray())));
    if (record == null) {
      return Optional.empty();
    }
    CoreStorage storage = store.storage(record);
    StoredHead head = storage.head();
    if (head == null) {
      return Optional.of(new BlockRange(0, 0, from, List.of()));
    }
    var blocks = new ArrayList<Bytes>();
    long bytes = 0;
    for (long index = from; index < Math.min(to, head.length()); index++) {
      Slice block = storage.block(index);
      if (block == null || (!blocks.isEmpty() && bytes + block.length() > maxBytes)) {
        break;
      }
      bytes += block.length();
      blocks.add(Bytes.wrap(block.toByteArray()));
    }
    return Optional.of(new BlockRange(head.fork(), head.length(), from, blocks));
  }

  /** How the service is. */
  public StoragePeerStatus status() {
    KeptCores.Lag lag = kept.lag();
    return new StoragePeerStatus(
        engine.devicePublicKey(),
        address(),
        store.coreCount(),
        book.size(),
        book.storedBytes(),
        settings.limits().maxBytes(),
        store.diskBytes(),
        engine.peers().size(),
        lag.cores(),
        lag.blocks(),
        lag.paused(),
        isDiskFull ? Optional.of(Refusal.DISK_FULL.sentence()) : Optional.empty());
  }

  /** Fails when the store cannot be read. */
  void probe() {
    store.coreCount();
  }

  // Housekeeping.

  /** Opens what is followed. Many logs take a while; the service answers meanwhile. */
  private void resume() {
    for (FollowedCore core : book.all()) {
      try {
        kept.begin(core, isDiskFull);
      } catch (RuntimeException e) {
        LOG.errorf("Core %s cannot be opened: %s", core.key(), e.getMessage());
      }
    }
  }

  private void sweepSoon(long bytes) {
    if (bytes >= EARLY_SWEEP_BYTES && isSweepAsked.compareAndSet(false, true)) {
      execute(this::sweep);
    }
  }

  private void sweep() {
    isSweepAsked.set(false);
    try {
      Set<Fixed32> changed = events.takeChanged();
      long now = now();
      changed.forEach(key -> book.update(key, core -> core.withActivity(now)));
      kept.recount(changed);
      isDiskFull = freeBytes() < settings.minFreeBytes();
      for (FollowedCore core : kept.expired()) {
        LOG.infof("Core %s was without activity for too long and is forgotten", core.key());
        metrics.expired();
        forget(core);
      }
      List<FollowedCore> evicted = kept.evict();
      boolean isTight = isDiskFull || kept.lag().paused() > 0 || isAtLimit(changed);
      // Without a limit in sight there is nothing to decide for the many that rest.
      if (isTight || wasTight || !evicted.isEmpty()) {
        kept.steer(isDiskFull);
      }
      wasTight = isTight;
      book.save();
      evicted.forEach(core -> tellStatus(core.key(), true));
      changed.forEach(key -> tellStatus(key, false));
    } catch (RuntimeException e) {
      LOG.errorf("Looking after the cores failed and will be tried again: %s", e.getMessage());
    }
  }

  private boolean isAtLimit(Set<Fixed32> changed) {
    for (Fixed32 key : changed) {
      Optional<FollowedCore> core = book.find(key);
      if (core.isPresent() && book.refusalToGrow(core.get()).isPresent()) {
        return true;
      }
    }
    return false;
  }

  private long freeBytes() {
    try {
      return Files.getFileStore(storeFolder).getUsableSpace();
    } catch (IOException e) {
      LOG.warnf("The free space of %s is not known: %s", storeFolder, e.getMessage());
      return Long.MAX_VALUE;
    }
  }

  private void tellRefused(Fixed32 key, Refusal reason) {
    outbox.send(
        new FollowStatus(
            CoreKey.of(key.toBytes()),
            FollowStatus.State.REFUSED,
            0,
            0,
            0,
            0,
            0,
            reason.sentence()));
  }

  private void tellStatus(Fixed32 key, boolean isEvicted) {
    Optional<FollowedCore> core = book.find(key);
    Optional<CoreInfo> info = core.isEmpty() ? Optional.empty() : kept.info(key);
    if (core.isEmpty() || info.isEmpty()) {
      return;
    }
    long missing = KeptCores.missing(info.get(), core.get());
    Optional<Refusal> refusal = kept.refusal(key);
    FollowStatus.State state;
    if (info.get().isFrozen()) {
      state = FollowStatus.State.CONFLICT;
    } else if (isEvicted) {
      state = FollowStatus.State.EVICTED;
    } else if (refusal.isPresent()) {
      state = FollowStatus.State.REFUSED;
    } else if (missing == 0) {
      state = FollowStatus.State.COMPLETE;
    } else {
      state = info.get().peers() > 0 ? FollowStatus.State.DOWNLOADING : FollowStatus.State.WAITING;
    }
    outbox.send(
        new FollowStatus(
            CoreKey.of(key.toBytes()),
            state,
            info.get().peers(),
            info.get().length(),
            missing,
            info.get().storedBytes(),
            core.get().activeMillis(),
            refusal.map(Refusal::sentence).orElse("")));
  }

  private long now() {
    return clockMillis.getAsLong();
  }

  private static void refuse(Optional<Refusal> refusal) throws RefusedException {
    if (refusal.isPresent()) {
      throw new RefusedException(refusal.get());
    }
  }

  private void execute(Runnable task) {
    try {
      worker.execute(() -> {
        try {
          task.run();
        } catch (RuntimeException e) {
          LOG.errorf("A task of the storage peer failed: %s", e.getMessage());
        }
      });
    } catch (RejectedExecutionException e) {
      LOG.debug("A task came after the stop");
    }
  }

  /** Runs on the worker and waits; a refusal comes back as itself. */
  private <T> T run(Callable<T> task) throws RefusedException {
    try {
      return Answers.await(worker.submit(task), settings.requestTimeout());
    } catch (RejectedExecutionException e) {
      throw new EngineBusyException("the server is stopping");
    } catch (IllegalStateException e) {
      if (e.getCause() instanceof RefusedException refused) {
        metrics.refused(refused.reason());
        throw refused;
      }
      throw e;
    }
  }

  private <T> T await(CompletableFuture<T> answer) {
    return Answers.await(answer, settings.requestTimeout());
  }

  /** Looks after the limits now; returns when that is done. */
  void sweepNow() {
    Answers.await(worker.submit(this::sweep), settings.requestTimeout());
  }

  /**
   * A consistent copy of all logs, and of which are kept, in a new directory, while in use. The key
   * file is not in it.
   *
   * @param directory must not exist yet
   */
  public void backup(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new StorageException("The folder " + directory + " cannot be made", e);
    }
    book.save();
    Answers.await(engine.checkpoint(directory.resolve("cores")), BACKUP_LIMIT);
    follows.checkpoint(directory.resolve("follows"));
    LOG.infof("Backup made: %s", directory);
  }

  /** Ends connections, puts everything on disk, closes the stores. */
  @Override
  public void close() {
    worker.shutdown();
    awaitEnd(worker, Duration.ofSeconds(2));
    kept.close();
    engine.close();
    teller.shutdown();
    awaitEnd(teller, Duration.ofSeconds(2));
    try {
      book.save();
    } catch (StorageException e) {
      LOG.errorf("What is kept could not be saved: %s", e.getMessage());
    }
    follows.close();
    store.close();
  }

  private static void awaitEnd(ScheduledThreadPoolExecutor executor, Duration limit) {
    try {
      if (!executor.awaitTermination(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        executor.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
