package org.peerstead.dhtseed;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.peerstead.dhtseed.NodeAndNetwork.Found;
import org.peerstead.dhtseed.NodeAndNetwork.Put;
import org.peerstead.discovery.DhtException;
import org.peerstead.discovery.DhtException.Reason;
import org.peerstead.discovery.DhtNode;
import org.peerstead.discovery.DhtNodeConfig;
import org.peerstead.discovery.DhtStatus;
import org.peerstead.discovery.LookupResult.FoundPeer;
import org.peerstead.discovery.hyperdht.records.EpochClock;
import org.peerstead.discovery.hyperdht.records.RecordCounts;
import org.peerstead.discovery.hyperdht.records.RecordKind;
import org.peerstead.discovery.hyperdht.wire.MutableValue;
import org.peerstead.discovery.rpc.core.NodeInfo;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.events.CoreKey;
import org.peerstead.events.DhtActivity;
import org.peerstead.events.PeerSeen;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * A node that runs and what its operator does with it. Thread-safe; methods that ask the network
 * wait for it and fail with {@link DhtException}: call from a worker or virtual thread.
 */
public final class DhtSeed implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(DhtSeed.class);

  /** How often the state is looked at. */
  private static final long LOOK_MILLIS = 2_000;

  /** The state is told on the bus this often even when it does not change. */
  private static final long TELL_MILLIS = 60_000;

  /** Peers of one search that are told on the bus. */
  private static final int MAX_PEERS_TOLD = 20;

  /**
   * What the node runs on.
   *
   * @param store closed by {@link #close}
   * @param key who the node is
   * @param entropy thread-safe
   */
  record Ports(DhtStore store, KeyPair key, Entropy entropy, DhtOutbox outbox, EpochClock clock) {}

  private final SeedPlan plan;
  private final Ports ports;
  private final DhtSeedMetrics metrics;
  private final Strangers strangers;
  private final Announcements announcements;
  private final long timeoutMillis;
  private final DhtNode node;
  private final NodeAndNetwork network;
  private final ScheduledExecutorService watch;
  private final List<String> warnings;

  private volatile @Nullable DhtStatus latest;
  private volatile Reachability reachability =
      new Reachability(Reachability.Verdict.STARTING, Reachability.Nat.UNKNOWN, "looks around.");
  private volatile long toldMillis;
  private volatile boolean isClosed;

  /**
   * Starts the node.
   *
   * @param warnings besides those of the plan
   * @throws IOException when no port can be had
   */
  DhtSeed(
      SeedPlan plan,
      List<String> warnings,
      DhtNodeConfig config,
      Ports ports,
      DhtSeedMetrics metrics,
      Strangers strangers,
      int maxAnnouncements)
      throws IOException {
    this.plan = plan;
    this.ports = ports;
    this.metrics = metrics;
    this.strangers = strangers;
    this.announcements = new Announcements(maxAnnouncements);
    // The node ends calls itself; this only guards against one that never does.
    this.timeoutMillis = config.callTimeout().toMillis() + 5_000;
    var all = new ArrayList<>(plan.warnings());
    all.addAll(warnings);
    this.warnings = List.copyOf(all);
    node = DhtNode.start(config, ports.store(), ports.key(), ports.entropy(), metrics, metrics);
    InetSocketAddress bound = node.serverAddress();
    NodeAddress stated = plan.publicAddress();
    network =
        new NodeAndNetwork(
            node,
            stated != null && stated.port() != 0
                ? stated
                : new NodeAddress(
                    stated != null ? stated.host() : NodeAddress.parseHost("127.0.0.1"),
                    bound.getPort()));
    metrics.state(() -> latest, () -> reachability, () -> warnings().size(), announcements::size);
    watch =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("peerstead-dht-watch").factory());
    var unused = watch.scheduleWithFixedDelay(this::look, 0, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  // ------------------------------------------------------------------------------------ state

  /** Who the node is. */
  public Fixed32 publicKey() {
    return ports.key().publicKey();
  }

  /** Where it listens. */
  public InetSocketAddress boundAddress() {
    return node.serverAddress();
  }

  /** What it was started as. */
  public SeedPlan plan() {
    return plan;
  }

  /** What others write into their list of seeds; empty while it serves nobody. */
  public Optional<String> seedText() {
    @Nullable NodeAddress stated = plan.publicAddress();
    if (stated != null) {
      return Optional.of(
          stated.port() == 0
              ? stated.withPort(boundAddress().getPort()).toString()
              : stated.toString());
    }
    @Nullable DhtStatus status = latest;
    return status == null || status.id() == null || status.reachableAddress() == null
        ? Optional.empty()
        : Optional.of(status.reachableAddress().toString());
  }

  /** The state a moment ago; empty during the first moments. */
  public Optional<DhtStatus> lastStatus() {
    return Optional.ofNullable(latest);
  }

  /** The state now. */
  public DhtStatus status() {
    DhtStatus status = await(node.status());
    latest = status;
    return status;
  }

  /** Whether others reach the node. */
  public Reachability reachability() {
    return reachability;
  }

  /** What keeps others from using the node. */
  public List<String> warnings() {
    Reachability current = reachability;
    if (current.verdict().isFine()) {
      return warnings;
    }
    var all = new ArrayList<>(warnings);
    all.add(current.reason());
    return List.copyOf(all);
  }

  /** Requests of others since the start. */
  public long requestCount() {
    return metrics.requestCount();
  }

  /** Nodes that came without having been asked. */
  public long strangers() {
    return strangers.count();
  }

  /** The routing table. */
  public List<NodeInfo> nodes() {
    return await(node.nodes());
  }

  // -------------------------------------------------------------------------------- operator

  /** The peers of a topic. */
  public Found lookup(Fixed32 topic) {
    Found found = await(network.lookup(topic));
    long now = ports.clock().epochMillis();
    found.peers().stream().limit(MAX_PEERS_TOLD).forEach(peer -> tell(peer, now));
    return found;
  }

  private void tell(FoundPeer peer, long nowMillis) {
    NodeAddress address =
        peer.record().relays().isEmpty()
            ? peer.nodes().getFirst()
            : peer.record().relays().getFirst();
    ports
        .outbox()
        .send(
            new PeerSeen(
                CoreKey.of(peer.record().publicKey().toBytes()),
                address.toString(),
                false,
                nowMillis,
                "found in the DHT at " + peer.nodes().size() + " nodes"));
  }

  /**
   * Announces this node as a peer of a topic, and again every five minutes until {@link
   * #unannounce}.
   */
  public Found announce(Fixed32 topic) {
    long now = ports.clock().epochMillis();
    if (!announcements.add(topic, now)) {
      throw new DhtException(
          Reason.OVERLOADED,
          "this node keeps "
              + announcements.size()
              + " topics announced already; see peerstead.dht-seed.max-announcements");
    }
    boolean isDone = false;
    try {
      Found found = await(network.announce(topic, ports.key(), relays()));
      announcements.announced(topic, found.storedAt(), ports.clock().epochMillis());
      isDone = true;
      return found;
    } finally {
      if (!isDone) {
        announcements.remove(topic);
      }
    }
  }

  /** No longer announces this node as a peer of a topic, and takes back what is found. */
  public Found unannounce(Fixed32 topic) {
    announcements.remove(topic);
    return await(network.unannounce(topic, ports.key()));
  }

  /** The topics that are kept announced. */
  public List<Announcements.Announcement> announcements() {
    return announcements.all();
  }

  /** Stores a value that is found by its hash. */
  public Put immutablePut(Slice value) {
    return await(network.immutablePut(value));
  }

  /** The value with this hash. */
  public Optional<Slice> immutableGet(Fixed32 hash) {
    return await(network.immutableGet(hash));
  }

  /**
   * Stores a value under this node's key.
   *
   * @param seq its number; empty for one more than the latest
   */
  public Put mutablePut(Slice value, Optional<Long> seq) {
    long number =
        seq.isPresent()
            ? seq.get()
            : await(network.mutableGet(publicKey(), 0)).map(latest -> latest.seq() + 1).orElse(0L);
    return await(network.mutablePut(ports.key(), number, value));
  }

  /** The latest value of the owner of a key. */
  public Optional<MutableValue> mutableGet(Fixed32 publicKey, long minimumSeq) {
    return await(network.mutableGet(publicKey, minimumSeq));
  }

  private List<NodeAddress> relays() {
    return seedText().map(text -> List.of(NodeAddress.parse(text))).orElse(List.of());
  }

  private <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(timeoutMillis, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof DhtException known) {
        throw new DhtException(known.reason(), String.valueOf(known.getMessage()), e);
      }
      throw new DhtException(Reason.INTERNAL, "a fault of ours: " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new DhtException(Reason.TIMED_OUT, "the node did not answer in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DhtException(Reason.CLOSED, "interrupted", e);
    }
  }

  // ------------------------------------------------------------------------------------ watch

  private void look() {
    if (isClosed) {
      return;
    }
    var unused =
        node.status()
            .whenCompleteAsync(
                (status, failure) -> {
                  if (status != null && !isClosed) {
                    latest = status;
                    judge(status);
                  }
                },
                watch);
    for (Fixed32 topic : announcements.due(ports.clock().epochMillis())) {
      renew(topic);
    }
  }

  private void judge(DhtStatus status) {
    Reachability before = reachability;
    Reachability now =
        Reachability.judge(
            plan,
            new Reachability.Evidence(
                status.isReady(),
                status.id() != null,
                status.address(),
                status.serverPort(),
                status.connectivity(),
                strangers.count()));
    reachability = now;
    boolean isChanged = now.verdict() != before.verdict();
    if (isChanged) {
      if (!now.verdict().isFine()) {
        LOG.warnf("The DHT node is of no use to others: %s", now.reason());
      } else {
        LOG.infof("The DHT node %s", now.reason());
      }
    }
    long millis = ports.clock().epochMillis();
    if (isChanged || millis - toldMillis >= TELL_MILLIS) {
      toldMillis = millis;
      tell(now.verdict().state(), now.reason(), status, millis);
    }
  }

  private void tell(
      DhtActivity.State state, String detail, @Nullable DhtStatus status, long nowMillis) {
    ports
        .outbox()
        .send(
            new DhtActivity(
                CoreKey.of(publicKey().toBytes()),
                state,
                seedText().orElse(""),
                status == null ? 0 : status.tableSize(),
                status == null ? 0 : sum(status.records()),
                metrics.requestCount(),
                nowMillis,
                detail));
  }

  private static long sum(RecordCounts counts) {
    long sum = 0;
    for (RecordKind kind : RecordKind.values()) {
      sum += counts.of(kind).held();
    }
    return sum;
  }

  private void renew(Fixed32 topic) {
    var unused =
        network
            .announce(topic, ports.key(), relays())
            .whenComplete((found, failure) -> {
              long now = ports.clock().epochMillis();
              if (found != null) {
                announcements.announced(topic, found.storedAt(), now);
              } else {
                String problem = String.valueOf(failure == null ? null : failure.getMessage());
                announcements.failed(topic, problem, now);
                LOG.debugf("Topic %s could not be announced again: %s", topic, problem);
              }
            });
  }

  /** Says goodbye, stops, and closes the store. Idempotent. */
  @Override
  public void close() {
    if (isClosed) {
      return;
    }
    isClosed = true;
    watch.shutdownNow();
    tell(DhtActivity.State.STOPPED, "", latest, ports.clock().epochMillis());
    node.close();
    ports.store().close();
  }
}
