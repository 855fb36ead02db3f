package org.peerstead.discovery;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.DhtException.Reason;
import org.peerstead.discovery.hyperdht.core.HyperdhtConfig;
import org.peerstead.discovery.hyperdht.core.HyperdhtListener;
import org.peerstead.discovery.hyperdht.core.HyperdhtNode;
import org.peerstead.discovery.hyperdht.core.Listening;
import org.peerstead.discovery.hyperdht.records.EpochClock;
import org.peerstead.discovery.hyperdht.records.RecordBook;
import org.peerstead.discovery.hyperdht.records.RecordListener;
import org.peerstead.discovery.net.DatagramSockets;
import org.peerstead.discovery.net.LoopEngine;
import org.peerstead.discovery.rpc.core.NodeId;
import org.peerstead.discovery.rpc.core.NodeInfo;
import org.peerstead.discovery.rpc.core.Query;
import org.peerstead.discovery.rpc.core.RpcConfig;
import org.peerstead.discovery.rpc.core.SocketSide;
import org.peerstead.discovery.rpc.core.Transport;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.discovery.store.StorageException;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.encoding.Slice;

/**
 * Everything of one node that belongs to its owner thread: the engine, the store, the calls that
 * run, and what has to be done from time to time.
 */
final class DhtOwner implements LoopEngine {
  private static final System.Logger LOG = System.getLogger(DhtOwner.class.getName());

  /** Upkeep: commits what no answer waited for, notices that the machine slept. */
  private static final long UPKEEP_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** The wall clock is this much ahead of the other one after a sleep. */
  private static final long SLEEP_MILLIS = 15_000;

  /** Faults are logged at most this often. */
  private static final long LOG_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Nodes that are remembered over a restart. */
  private static final int MAX_REMEMBERED = 512;

  private final DhtNodeConfig config;
  private final DhtStore store;
  private final EpochClock clock;
  private final DatagramSockets sockets;
  private final RecordBook records;
  private final HyperdhtNode node;
  private final long startedNanos;

  private final CompletableFuture<Void> ready = new CompletableFuture<>();

  /** Calls in the order of their deadlines; ended ones leave when they come first. */
  private final ArrayDeque<Call<?>> calls = new ArrayDeque<>();

  /** Futures may also be ended by who holds them. */
  private final AtomicInteger runningCalls = new AtomicInteger();

  private final Set<Listening> servers = new LinkedHashSet<>();
  private List<NodeAddress> bootstrap;

  private long upkeepNanos;
  private long snapshotNanos;
  private long lastEpochMillis;
  private long lastUpkeepNanos;
  private boolean isSuspended;
  private boolean isClosing;
  private long closeByNanos = Long.MAX_VALUE;
  private @Nullable Runnable whenClosed;
  private long faults;
  private long storageFailures;
  private long unloggedFaults;
  private long mayLogNanos;

  /** A call of the API that runs. */
  private static final class Call<T> {
    final CompletableFuture<T> future;
    final long deadlineNanos;
    @Nullable Query query;

    Call(CompletableFuture<T> future, long deadlineNanos) {
      this.future = future;
      this.deadlineNanos = deadlineNanos;
    }
  }

  DhtOwner(
      DhtNodeConfig config,
      DhtStore store,
      Entropy entropy,
      EpochClock clock,
      HyperdhtListener listener,
      RecordListener recordListener)
      throws IOException {
    this.config = config;
    this.store = store;
    this.clock = clock;
    int host = NodeAddress.parseHost(config.bindHost());
    sockets =
        config.socketKind() == null
            ? DatagramSockets.open(host, config.serverPorts(), config.clientPorts(), store::commit)
            : DatagramSockets.open(
                config.socketKind(),
                host,
                config.serverPorts(),
                config.clientPorts(),
                store::commit);
    startedNanos = System.nanoTime();
    lastUpkeepNanos = startedNanos;
    upkeepNanos = startedNanos + UPKEEP_NANOS;
    snapshotNanos = startedNanos + config.snapshotInterval().toNanos();
    lastEpochMillis = clock.epochMillis();
    bootstrap = config.hyperdht().rpc().bootstrap();
    // Spreads requests and chooses which records are shown; nothing secret depends on it.
    SplittableRandom chance =
        new SplittableRandom(ByteBuffer.wrap(entropy.next(Long.BYTES)).getLong());
    boolean isStarted = false;
    try {
      records = new RecordBook(config.records(), store, chance, entropy, recordListener);
      records.load(clock.epochMillis());
      node =
          new HyperdhtNode(
              bound(config.hyperdht()),
              new Sending(),
              records,
              listener,
              entropy,
              chance,
              clock,
              startedNanos);
      isStarted = true;
    } finally {
      if (!isStarted) {
        sockets.close();
      }
    }
  }

  /** Fills in the port of the public address. */
  private HyperdhtConfig bound(HyperdhtConfig given) {
    RpcConfig rpc = given.rpc();
    NodeAddress stated = rpc.publicAddress();
    return stated == null || stated.port() != 0
        ? given
        : given.with(
            new RpcConfig(
                rpc.bootstrap(),
                rpc.mode(),
                rpc.firewalled(),
                stated.withPort(sockets.localPort(SocketSide.SERVER)),
                rpc.quickFirewallCheck()));
  }

  /** Where packets of the engine leave. */
  private final class Sending implements Transport {
    @Override
    public void send(SocketSide socket, NodeAddress to, byte[] packet) {
      sockets.send(socket, to, packet);
    }

    @Override
    public int localPort(SocketSide socket) {
      return sockets.localPort(socket);
    }
  }

  DatagramSockets sockets() {
    return sockets;
  }

  HyperdhtNode node() {
    return node;
  }

  CompletableFuture<Void> ready() {
    return ready;
  }

  // ---------------------------------------------------------------------------------------- start

  /** Looks around, beginning with the seeds and with the nodes known before a restart. */
  void start(List<NodeAddress> seeds) {
    if (isClosing) {
      return;
    }
    long now = System.nanoTime();
    useBootstrap(seeds);
    node.start(store.nodes(), () -> ready.complete(null), now);
  }

  /** Takes other addresses of the seeds. */
  void useBootstrap(List<NodeAddress> seeds) {
    LinkedHashSet<NodeAddress> all = new LinkedHashSet<>(config.hyperdht().rpc().bootstrap());
    all.addAll(seeds);
    bootstrap = List.copyOf(all);
    node.rpc().useBootstrap(bootstrap);
  }

  // ---------------------------------------------------------------------------------------- loop

  @Override
  public void beginBatch() {
    node.beginBatch();
  }

  @Override
  public void endBatch() {
    node.endBatch();
  }

  @Override
  public void receive(SocketSide side, NodeAddress from, Slice datagram, long nowNanos) {
    node.receive(side, from, datagram, nowNanos);
    if (isClosing) {
      finishClosing(nowNanos);
    }
  }

  @Override
  public void advance(long nowNanos) {
    node.advance(nowNanos);
    endOverdueCalls(nowNanos);
    if (isClosing) {
      finishClosing(nowNanos);
    } else if (upkeepNanos - nowNanos <= 0) {
      upkeep(nowNanos);
    }
  }

  @Override
  public long nextDeadlineNanos() {
    long deadline = Math.min(node.nextDeadlineNanos(), isClosing ? closeByNanos : upkeepNanos);
    Call<?> first = calls.peek();
    return first == null ? deadline : Math.min(deadline, first.deadlineNanos);
  }

  @Override
  public void failed(RuntimeException cause) {
    if (cause instanceof StorageException) {
      storageFailures++;
    } else {
      faults++;
    }
    unloggedFaults++;
    long now = System.nanoTime();
    if (mayLogNanos == 0 || now - mayLogNanos >= 0) {
      mayLogNanos = now + LOG_NANOS;
      LOG.log(
          System.Logger.Level.ERROR,
          "the DHT node failed through our fault " + unloggedFaults + " times, the last time so",
          cause);
      unloggedFaults = 0;
    }
  }

  private void upkeep(long nowNanos) {
    upkeepNanos = nowNanos + UPKEEP_NANOS;
    long epochMillis = clock.epochMillis();
    long slept =
        epochMillis - lastEpochMillis - TimeUnit.NANOSECONDS.toMillis(nowNanos - lastUpkeepNanos);
    lastEpochMillis = epochMillis;
    lastUpkeepNanos = nowNanos;
    if (slept > SLEEP_MILLIS && !isSuspended) {
      node.rpc().wakeUp(nowNanos);
    }
    if (snapshotNanos - nowNanos <= 0) {
      snapshotNanos = nowNanos + config.snapshotInterval().toNanos();
      saveNodes();
    }
    store.commit();
  }

  /** Remembers the nodes that were heard of last. */
  private void saveNodes() {
    List<NodeInfo> nodes = new ArrayList<>(node.rpc().nodes());
    if (nodes.isEmpty()) {
      // Better the nodes of yesterday than none.
      return;
    }
    nodes.sort((a, b) -> Long.compare(b.seenNanos(), a.seenNanos()));
    store.saveNodes(nodes.stream().limit(MAX_REMEMBERED).map(NodeInfo::address).toList());
  }

  // --------------------------------------------------------------------------------------- calls

  /** Starts what a call of the API asks for. */
  interface Operation<T> {
    /**
     * Begins.
     *
     * @return what is to be cancelled when the time is over, or null
     */
    @Nullable Query start(CompletableFuture<T> future, long nowNanos);
  }

  <T> void call(CompletableFuture<T> future, Operation<T> operation) {
    if (isClosing) {
      future.completeExceptionally(closed());
      return;
    }
    if (runningCalls.get() >= config.maxCalls()) {
      future.completeExceptionally(
          new DhtException(Reason.OVERLOADED, config.maxCalls() + " calls run already"));
      return;
    }
    long now = System.nanoTime();
    Call<T> call = new Call<>(future, now + config.callTimeout().toNanos());
    int unused = runningCalls.incrementAndGet();
    calls.add(call);
    CompletableFuture<T> ignored =
        future.whenComplete((value, failure) -> runningCalls.decrementAndGet());
    try {
      call.query = operation.start(future, now);
    } catch (IllegalArgumentException | IllegalStateException e) {
      future.completeExceptionally(
          new DhtException(Reason.BAD_ARGUMENT, String.valueOf(e.getMessage()), e));
    } catch (RuntimeException e) {
      future.completeExceptionally(new DhtException(Reason.INTERNAL, "a fault of ours: " + e, e));
      throw e;
    }
  }

  static DhtException closed() {
    return new DhtException(Reason.CLOSED, "the node is closed");
  }

  private void endOverdueCalls(long nowNanos) {
    for (Call<?> first = calls.peek();
        first != null && (first.future.isDone() || first.deadlineNanos - nowNanos <= 0);
        first = calls.peek()) {
      calls.remove();
      end(
          first,
          new DhtException(Reason.TIMED_OUT, "no result within " + config.callTimeout()),
          nowNanos);
    }
  }

  private static void end(Call<?> call, DhtException failure, long nowNanos) {
    if (!call.future.isDone()) {
      call.future.completeExceptionally(failure);
      Query query = call.query;
      if (query != null) {
        query.cancel(nowNanos);
      }
    }
  }

  <T> T withRecords(DhtNode.RecordWork<T> work) {
    T result = work.run(records, clock.epochMillis());
    store.commit();
    return result;
  }

  // ------------------------------------------------------------------------------ servers, pauses

  void add(Listening server) {
    servers.add(server);
  }

  void close(Listening server) {
    if (servers.remove(server)) {
      server.close(System.nanoTime());
    }
  }

  /** Ends all traffic until {@link #resume}; what was learned is kept. */
  void suspend() {
    if (!isSuspended && !isClosing) {
      saveNodes();
      store.commit();
      isSuspended = true;
      node.suspend(System.nanoTime());
    }
  }

  void resume() {
    if (isSuspended && !isClosing) {
      isSuspended = false;
      node.resume(System.nanoTime());
    }
  }

  // --------------------------------------------------------------------------------------- close

  /**
   * Begins to close: calls fail, announcements of servers are taken back, and when that is answered
   * or the time is over, the state is saved.
   */
  void beginClosing(Runnable closed) {
    if (isClosing) {
      return;
    }
    long now = System.nanoTime();
    isClosing = true;
    whenClosed = closed;
    ready.completeExceptionally(closed());
    for (Call<?> call : calls) {
      end(call, closed(), now);
    }
    calls.clear();
    long patience = servers.isEmpty() ? 0 : config.closeTimeout().toNanos() / 2;
    servers.forEach(server -> server.close(now));
    servers.clear();
    closeByNanos = now + patience;
    finishClosing(now);
  }

  private void finishClosing(long nowNanos) {
    boolean isWaiting = closeByNanos - nowNanos > 0 && node.rpc().inFlight() > 0;
    if (isWaiting || whenClosed == null) {
      return;
    }
    Runnable closed = whenClosed;
    whenClosed = null;
    closeByNanos = Long.MAX_VALUE;
    try {
      saveNodes();
      node.close(nowNanos);
      store.commit();
    } finally {
      closed.run();
    }
  }

  // -------------------------------------------------------------------------------------- status

  DhtStatus status() {
    SortedMap<Integer, Integer> sizes = new TreeMap<>();
    for (int bits = 0; bits < NodeId.BITS; bits++) {
      int size = node.rpc().tableSize(bits);
      if (size > 0) {
        sizes.put(bits, size);
      }
    }
    return new DhtStatus(
        ready.isDone() && !ready.isCompletedExceptionally(),
        isSuspended,
        node.rpc().id(),
        node.rpc().address(),
        node.rpc().reachableAddress(),
        sockets.localPort(SocketSide.SERVER),
        sockets.localPort(SocketSide.CLIENT),
        node.rpc().connectivity(),
        bootstrap,
        node.rpc().tableSize(),
        sizes,
        records.counts(),
        node.rpc().inFlight(),
        node.rpc().runningQueries(),
        runningCalls.get(),
        sockets.kind(),
        sockets.counts(),
        faults,
        storageFailures,
        Duration.ofNanos(System.nanoTime() - startedNanos));
  }

  /** The addresses of resolved seeds in the order of the configuration. */
  static List<NodeAddress> addresses(
      List<BootstrapSeed> seeds, Map<String, List<Integer>> resolved) {
    Set<NodeAddress> addresses = new LinkedHashSet<>();
    for (BootstrapSeed seed : seeds) {
      if (seed.suggested() != null) {
        addresses.add(seed.suggested());
      }
      if (seed.name() != null) {
        Function<Integer, NodeAddress> address = host -> new NodeAddress(host, seed.port());
        resolved.getOrDefault(seed.name(), List.of()).stream().map(address).forEach(addresses::add);
      }
    }
    return List.copyOf(addresses);
  }
}
