package org.peerstead.hypercore.replication;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.core.Core;
import org.peerstead.hypercore.wire.Capability;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseSession;
import org.peerstead.securestream.protomux.ChannelName;

/**
 * All connections and all replicating cores of one node.
 *
 * <p>Every public method is one input and runs to its end: messages are taken in, then each core
 * that changed announces and asks, then peers are asked and answered in turn, then what each
 * connection collected goes out as one batch.
 *
 * <pre>
 * fairness   peers of a connection ask in turn, one request each; a connection's queues are
 *            answered in turn by bytes; connections likewise
 * pressure   a link that is full is answered nothing more until {@link #writable}
 * turns      after some megabytes of answers the rest waits for {@link #onDeadline}
 * </pre>
 *
 * <p>Not thread-safe: one thread owns it, its handles and its cores.
 */
public final class Replicator {
  /** Other names under which peers may open a core's channel. */
  static final List<String> ALIASES = List.of(Capability.ALIAS);

  /** Bytes that one core may answer before the next one's turn. */
  private static final long SERVE_QUANTUM_BYTES = 64 << 10;

  /** Rounds of one turn; more would be a bug that feeds itself. */
  private static final int MAX_ROUNDS = 100_000;

  private record Doomed(PeerConnection connection, DisconnectReason reason, String detail) {}

  private final ReplicationConfig config;
  private final CoreFinder finder;
  private final ReplicationListener listener;
  private final RandomGenerator random;
  private final ReplicationStats stats = new ReplicationStats();
  private final Map<String, ProtocolHandler> protocols = new HashMap<>();
  private final LinkedHashSet<PeerConnection> connections = new LinkedHashSet<>();
  private final Map<Fixed32, CoreReplication> cores = new LinkedHashMap<>();

  private final ArrayDeque<CoreReplication> dirty = new ArrayDeque<>();
  private final TreeSet<CoreReplication> deadlines =
      new TreeSet<>(
          Comparator.<CoreReplication>comparingLong(core -> core.deadlineNanos)
              .thenComparingLong(core -> core.serial));
  private final LinkedHashSet<PeerConnection> asking = new LinkedHashSet<>();
  private final LinkedHashSet<PeerConnection> serving = new LinkedHashSet<>();
  private final LinkedHashSet<PeerConnection> touched = new LinkedHashSet<>();
  private final LinkedHashSet<PeerConnection> full = new LinkedHashSet<>();
  private final ArrayDeque<Doomed> doomed = new ArrayDeque<>();

  private long nowNanos = Long.MIN_VALUE;
  private long serials;
  private int depth;

  /** Whether answers wait only because the turn was long. */
  private boolean isTurnCut;

  /**
   * A replicator without connections and cores.
   *
   * @param random for spreading requests; need not be secret
   */
  public Replicator(
      ReplicationConfig config,
      CoreFinder finder,
      ReplicationListener listener,
      RandomGenerator random) {
    this.config = config;
    this.finder = finder;
    this.listener = listener;
    this.random = random;
  }

  // ---------------------------------------------------------------------------------------------
  // Connections

  /**
   * Takes a connection whose handshake is done; a channel is opened for every core.
   *
   * @param link the way out
   */
  public PeerConnection attach(NoiseSession session, Link link, long nowNanos) {
    enter(nowNanos);
    PeerConnection connection = new PeerConnection(this, session, link);
    connections.add(connection);
    listener.connected(connection);
    for (CoreReplication core : List.copyOf(cores.values())) {
      if (core.isInterested()) {
        core.open(connection);
      }
    }
    leave();
    return connection;
  }

  /**
   * Takes one plain message of the stream in. Not to be called by a listener, like all inputs of a
   * connection and of time.
   *
   * @param message belongs to the replicator from now on
   */
  public void receive(PeerConnection connection, Slice message, long nowNanos) {
    if (connection.isClosed()) {
      return;
    }
    begin(nowNanos);
    try {
      connection.receive(message, nowNanos);
    } catch (RuntimeException e) {
      // A bug, or a listener's: this connection's state is not to be trusted any more.
      connection.destroy(DisconnectReason.INTERNAL_ERROR, String.valueOf(e));
      depth = 1;
      throw e;
    } finally {
      leave();
    }
  }

  /** The link has room again. */
  public void writable(PeerConnection connection, long nowNanos) {
    if (connection.isClosed()) {
      return;
    }
    enter(nowNanos);
    connection.writable();
    full.remove(connection);
    if (!connection.serveRing.isEmpty()) {
      serving.add(connection);
    }
    leave();
  }

  /** The connection is gone; what was asked of it is asked of others. */
  public void detach(PeerConnection connection, long nowNanos) {
    enter(nowNanos);
    remove(connection);
    leave();
  }

  /** The attached connections, oldest first. */
  public Collection<PeerConnection> connections() {
    return Collections.unmodifiableCollection(new ArrayList<>(connections));
  }

  /** Channels of another protocol that peers open are answered by this. */
  public void register(String protocol, ProtocolHandler handler) {
    protocols.put(protocol, handler);
  }

  // ---------------------------------------------------------------------------------------------
  // Cores

  /**
   * Replicates a core, over all present and future connections, until {@link #stop}. One that
   * replicates already is returned as it is.
   */
  public CoreReplication replicate(Core core, long nowNanos) {
    enter(nowNanos);
    CoreReplication known = cores.get(core.discoveryKey());
    if (known == null) {
      known = add(core, false);
      for (PeerConnection connection : List.copyOf(connections)) {
        known.open(connection);
      }
    } else if (known.isPassive) {
      known.isPassive = false;
      finder.release(core);
      known.setDownloading(true, nowNanos);
    }
    leave();
    return known;
  }

  /** The core's replication, or null when it does not replicate. */
  public @Nullable CoreReplication find(Fixed32 discoveryKey) {
    return cores.get(discoveryKey);
  }

  /** Closes the core's channels; what waits for it fails. */
  public void stop(CoreReplication replication, long nowNanos) {
    if (cores.get(replication.core().discoveryKey()) != replication) {
      return;
    }
    enter(nowNanos);
    forget(replication);
    replication.stop(GetListener.Failure.STOPPED, nowNanos);
    if (replication.isPassive) {
      finder.release(replication.core());
    }
    leave();
  }

  /** Replicating cores. */
  public int coreCount() {
    return cores.size();
  }

  /** Counters since the start. */
  public ReplicationStats stats() {
    return stats;
  }

  // ---------------------------------------------------------------------------------------------
  // Time

  /** When {@link #onDeadline} is to be called, or {@link Long#MAX_VALUE}. */
  public long nextDeadlineNanos() {
    if (isTurnCut) {
      return nowNanos;
    }
    long deadline = deadlines.isEmpty() ? Long.MAX_VALUE : deadlines.first().deadlineNanos;
    for (PeerConnection connection : full) {
      deadline = Math.min(deadline, connection.readDeadlineNanos());
    }
    return deadline;
  }

  /** Time has passed, or the last turn was cut. */
  public void onDeadline(long nowNanos) {
    begin(nowNanos);
    isTurnCut = false;
    while (!deadlines.isEmpty() && deadlines.first().deadlineNanos <= nowNanos) {
      CoreReplication core = deadlines.first();
      deadlines.remove(core);
      core.deadlineNanos = Long.MAX_VALUE;
      changed(core);
    }
    for (PeerConnection connection : List.copyOf(full)) {
      if (connection.readDeadlineNanos() <= nowNanos) {
        connection.destroy(DisconnectReason.SLOW_READER, "it reads nothing");
      }
    }
    leave();
  }

  // ---------------------------------------------------------------------------------------------
  // For the machine

  ReplicationConfig config() {
    return config;
  }

  ReplicationListener listener() {
    return listener;
  }

  RandomGenerator random() {
    return random;
  }

  /** Time of the latest input. */
  long nowNanos() {
    return nowNanos;
  }

  static ChannelName channelName(Fixed32 discoveryKey) {
    return new ChannelName(Capability.PROTOCOL, discoveryKey.toSlice());
  }

  void changed(CoreReplication core) {
    if (!core.isDirty && !core.isStopped()) {
      core.isDirty = true;
      dirty.add(core);
    }
  }

  void askLater(CorePeer peer) {
    if (!peer.isInAskRing && peer.isOpened() && !peer.replication().downloader().isIdle()) {
      peer.isInAskRing = true;
      peer.connection().askRing.add(peer);
    }
    if (peer.connection().hasRequestSlot() && !peer.connection().askRing.isEmpty()) {
      asking.add(peer.connection());
    }
  }

  void serveLater(CorePeer peer) {
    if (!peer.isInServeRing) {
      peer.isInServeRing = true;
      peer.connection().serveRing.add(peer);
      serving.add(peer.connection());
    }
  }

  void touched(PeerConnection connection) {
    touched.add(connection);
  }

  void doomed(PeerConnection connection, DisconnectReason reason, String detail) {
    doomed.add(new Doomed(connection, reason, detail));
  }

  void full(PeerConnection connection) {
    full.add(connection);
  }

  void openRequested(PeerConnection connection, ChannelName name, Slice handshake, long nanos) {
    if (name.protocol().equals(Capability.PROTOCOL) || name.protocol().equals(Capability.ALIAS)) {
      coreRequested(connection, name, handshake, nanos);
      return;
    }
    ProtocolHandler handler = protocols.get(name.protocol());
    ProtocolHandler.Accept accept =
        handler == null || !connection.hasRoomForChannel()
            ? null
            : handler.requested(connection, name.id(), handshake, nanos);
    if (connection.isClosed()) {
      return;
    }
    if (accept == null) {
      connection.reject(name);
    } else {
      connection.openChannel(
          name, List.of(), accept.handshake(), new ProtocolChannel(connection, accept.listener()));
    }
  }

  private void coreRequested(
      PeerConnection connection, ChannelName name, Slice handshake, long nanos) {
    if (name.id().length() != Fixed32.SIZE) {
      connection.reject(name);
      return;
    }
    Fixed32 discoveryKey = Fixed32.of(name.id().toByteArray());
    CoreReplication core = cores.get(discoveryKey);
    if (core == null) {
      Core found = finder.find(discoveryKey, connection);
      // The finder may have begun to replicate it by itself.
      core = cores.get(discoveryKey);
      if (core == null && found != null) {
        core = add(found, true);
      }
    }
    if (core == null) {
      connection.reject(name);
      return;
    }
    if (!Capabilities.isValid(connection.session(), core.core().key(), handshake)) {
      connection.destroy(
          DisconnectReason.INVALID_CAPABILITY,
          "no proof that the key of " + discoveryKey + " is known");
      changed(core);
      return;
    }
    if (connection.corePeers.containsKey(discoveryKey)) {
      // The finder opened it: that was the answer.
      return;
    }
    core.open(connection);
    if (!connection.corePeers.containsKey(discoveryKey)) {
      connection.reject(name);
      changed(core);
    }
  }

  /** A core that only a peer's open brought here has no peer any more. */
  void release(CoreReplication replication) {
    forget(replication);
    replication.stop(GetListener.Failure.STOPPED, nowNanos);
    finder.release(replication.core());
  }

  private CoreReplication add(Core core, boolean isPassive) {
    CoreReplication made = new CoreReplication(this, core, isPassive, serials++);
    cores.put(core.discoveryKey(), made);
    return made;
  }

  private void forget(CoreReplication replication) {
    cores.remove(replication.core().discoveryKey(), replication);
    deadlines.remove(replication);
  }

  private void remove(PeerConnection connection) {
    connection.detach(nowNanos);
    touched.remove(connection);
    asking.remove(connection);
    serving.remove(connection);
    full.remove(connection);
    if (connections.remove(connection)) {
      listener.disconnected(connection);
    }
  }

  // ---------------------------------------------------------------------------------------------
  // Turns

  /** As {@link #enter(long)}, but never inside another input: heals what an exception left. */
  private void begin(long nanos) {
    depth = 0;
    enter(nanos);
  }

  void enter(long nanos) {
    nowNanos = Math.max(nowNanos, nanos);
    depth++;
  }

  void enter() {
    depth++;
  }

  void leave() {
    try {
      if (depth == 1) {
        settle();
      }
    } finally {
      depth--;
    }
  }

  private void settle() {
    long budget = config.serveTurnBytes();
    for (int round = 0; round < MAX_ROUNDS; round++) {
      settleCores();
      ask();
      if (budget > 0) {
        budget -= serve(budget);
      }
      flush();
      bury();
      if (dirty.isEmpty()
          && asking.isEmpty()
          && touched.isEmpty()
          && doomed.isEmpty()
          && (serving.isEmpty() || budget <= 0)) {
        isTurnCut = !serving.isEmpty();
        return;
      }
    }
    throw new IllegalStateException("a turn that feeds itself");
  }

  private void settleCores() {
    for (CoreReplication core = dirty.poll(); core != null; core = dirty.poll()) {
      core.isDirty = false;
      core.settle(nowNanos);
      long deadline = core.isStopped() ? Long.MAX_VALUE : core.nextDeadlineNanos(nowNanos);
      if (deadline != core.deadlineNanos) {
        deadlines.remove(core);
        core.deadlineNanos = deadline;
        if (deadline != Long.MAX_VALUE) {
          deadlines.add(core);
        }
      }
    }
  }

  /** Peers ask in turn, one request each. */
  private void ask() {
    while (!asking.isEmpty()) {
      Iterator<PeerConnection> iterator = asking.iterator();
      List<PeerConnection> round = new ArrayList<>(asking.size());
      iterator.forEachRemaining(round::add);
      for (PeerConnection connection : round) {
        CorePeer peer = connection.hasRequestSlot() ? connection.askRing.poll() : null;
        if (peer == null || connection.isClosed()) {
          asking.remove(connection);
          continue;
        }
        peer.isInAskRing = false;
        if (peer.replication().downloader().ask(peer, nowNanos)) {
          askLater(peer);
        }
        // Its deadlines depend on what is asked for.
        changed(peer.replication());
      }
    }
  }

  /** Connections answer in turn, and on each the cores in turn; returns the bytes. */
  private long serve(long budget) {
    long bytes = 0;
    while (!serving.isEmpty() && bytes < budget) {
      for (PeerConnection connection : List.copyOf(serving)) {
        if (!connection.hasRoomForAnswer(nowNanos)) {
          serving.remove(connection);
          continue;
        }
        CorePeer peer = connection.serveRing.poll();
        if (peer == null) {
          serving.remove(connection);
          continue;
        }
        bytes += serve(connection, peer);
        if (bytes >= budget) {
          break;
        }
      }
    }
    return bytes;
  }

  private long serve(PeerConnection connection, CorePeer peer) {
    long bytes = 0;
    peer.serveDeficit += SERVE_QUANTUM_BYTES;
    while (!peer.uploader().isEmpty()
        && peer.serveDeficit > 0
        && connection.hasRoomForAnswer(nowNanos)) {
      int answered = peer.uploader().serveOne(nowNanos);
      peer.serveDeficit -= answered;
      bytes += answered;
    }
    if (peer.uploader().isEmpty()) {
      peer.isInServeRing = false;
      peer.serveDeficit = 0;
    } else {
      connection.serveRing.add(peer);
    }
    return bytes;
  }

  private void flush() {
    for (Iterator<PeerConnection> iterator = touched.iterator(); iterator.hasNext(); ) {
      PeerConnection connection = iterator.next();
      iterator.remove();
      connection.flush(nowNanos);
      iterator = touched.iterator();
    }
  }

  private void bury() {
    for (Doomed next = doomed.poll(); next != null; next = doomed.poll()) {
      listener.rejected(next.connection(), next.reason(), next.detail());
      remove(next.connection());
    }
  }
}
