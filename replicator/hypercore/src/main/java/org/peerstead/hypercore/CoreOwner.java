package org.peerstead.hypercore;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.core.Core;
import org.peerstead.hypercore.core.Corestore;
import org.peerstead.hypercore.merkle.Proof;
import org.peerstead.hypercore.net.CloseReason;
import org.peerstead.hypercore.net.Connection;
import org.peerstead.hypercore.net.ConnectionOwner;
import org.peerstead.hypercore.net.Mailbox;
import org.peerstead.hypercore.replication.CoreFinder;
import org.peerstead.hypercore.replication.PeerConnection;
import org.peerstead.hypercore.replication.ProofFailure;
import org.peerstead.hypercore.replication.ReplicationListener;
import org.peerstead.hypercore.replication.Replicator;
import org.peerstead.hypercore.store.CoreStore;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseSession;

/**
 * The half of {@link Hypercores} that lives on the owner's thread: cores, replication and who uses
 * what.
 *
 * <p>A core is open while a session or a peer uses it, and for a while after: the least recently
 * used of those that nobody uses are closed when they are too many.
 */
final class CoreOwner implements ConnectionOwner, Mailbox.Turn, CoreFinder, ReplicationListener {
  private record Peer(Connection connection, PeerConnection attached) {}

  private final HypercoresListener listener;
  private final CoreStore store;
  private final int maxIdleCores;
  private final Mailbox mailbox;
  private final Corestore corestore;
  private final Replicator replicator;
  private final GroupCommit commits;
  private final Timers timers = new Timers();
  private final Map<Fixed32, OpenCore> open = new HashMap<>();
  private final LinkedHashMap<Fixed32, OpenCore> idle = new LinkedHashMap<>();
  private final Set<Hypercore> sessions = new LinkedHashSet<>();
  private final Map<Connection, Peer> peers = new HashMap<>();
  private final Map<PeerConnection, Connection> connections = new HashMap<>();
  private final List<PeerLink> unflushed = new ArrayList<>();
  private final List<OpenCore> abandoned = new ArrayList<>();
  private volatile int openCores;
  private volatile int idleCores;

  CoreOwner(
      HypercoresConfig config,
      CoreStore store,
      byte[] primaryKey,
      HypercoresListener listener,
      RandomGenerator random) {
    this.listener = listener;
    this.store = store;
    this.maxIdleCores = config.maxIdleCores();
    this.corestore = new Corestore(store, primaryKey);
    this.replicator = new Replicator(config.replication(), this, this, random);
    this.mailbox = new Mailbox("peerstead-cores", config.maxWaitingCalls(), this);
    this.commits = new GroupCommit(store, mailbox);
  }

  HypercoresListener listener() {
    return listener;
  }

  CoreStore store() {
    return store;
  }

  Mailbox mailbox() {
    return mailbox;
  }

  Corestore corestore() {
    return corestore;
  }

  Replicator replicator() {
    return replicator;
  }

  GroupCommit commits() {
    return commits;
  }

  Timers timers() {
    return timers;
  }

  /** Any thread. */
  int openCores() {
    return openCores;
  }

  /** Any thread. */
  int idleCores() {
    return idleCores;
  }

  // ---------------------------------------------------------------------------------------------
  // Cores

  /**
   * Takes a core that {@link #corestore} has just opened; whoever calls this uses it next or calls
   * {@link #unused}.
   */
  OpenCore use(Core core) {
    OpenCore known = open.get(core.discoveryKey());
    if (known == null) {
      known = new OpenCore(this, core, store.storage(core.record()));
      open.put(core.discoveryKey(), known);
    } else {
      corestore.close(core);
      idle.remove(core.discoveryKey());
    }
    count();
    return known;
  }

  /** The open core, or null. */
  @Nullable OpenCore find(Fixed32 discoveryKey) {
    return open.get(discoveryKey);
  }

  /** Closes the core, if nobody uses it, or remembers it as the next to be closed. */
  void unused(OpenCore core) {
    if (!core.isIdle() || open.get(core.core().discoveryKey()) != core) {
      return;
    }
    idle.putLast(core.core().discoveryKey(), core);
    while (idle.size() > maxIdleCores) {
      closeIdle(idle.firstEntry().getValue());
    }
    count();
  }

  /** Closes a core that nobody uses. */
  void closeIdle(OpenCore core) {
    Fixed32 discoveryKey = core.core().discoveryKey();
    idle.remove(discoveryKey);
    if (open.remove(discoveryKey, core)) {
      core.core().unlisten(core);
      corestore.close(core.core());
    }
    count();
  }

  /** A session began. */
  void addSession(Hypercore session) {
    sessions.add(session);
  }

  /** A session ended. */
  void removeSession(Hypercore session) {
    sessions.remove(session);
  }

  /** Ends all sessions. */
  void closeSessions() {
    for (Hypercore session : List.copyOf(sessions)) {
      session.closeNow();
    }
  }

  private void count() {
    openCores = open.size();
    idleCores = idle.size();
  }

  // ---------------------------------------------------------------------------------------------
  // Peers that ask for cores

  @Override
  public @Nullable Core find(Fixed32 discoveryKey, PeerConnection connection) {
    if (!listener.isServed(discoveryKey, connection.remoteKey())) {
      return null;
    }
    OpenCore known = open.get(discoveryKey);
    if (known == null) {
      Core stored = corestore.openStored(discoveryKey);
      if (stored == null) {
        return null;
      }
      known = use(stored);
    }
    idle.remove(discoveryKey);
    known.setServed(true);
    count();
    return known.core();
  }

  @Override
  public void release(Core core) {
    OpenCore known = open.get(core.discoveryKey());
    if (known != null) {
      known.setServed(false);
      abandoned.add(known);
    }
  }

  // ---------------------------------------------------------------------------------------------
  // Connections

  /** The attached half of a connection, or null when it is gone. */
  @Nullable PeerConnection attached(Connection connection) {
    Peer peer = peers.get(connection);
    return peer == null ? null : peer.attached();
  }

  /** The socket's half of a connection, or null when it is gone. */
  @Nullable Connection connection(PeerConnection attached) {
    return connections.get(attached);
  }

  @Override
  public void connected(Connection connection, NoiseSession session) {
    PeerConnection attached =
        replicator.attach(session, new PeerLink(connection, unflushed), System.nanoTime());
    peers.put(connection, new Peer(connection, attached));
    connections.put(attached, connection);
    listener.peerConnected(PeerInfo.of(connection));
  }

  @Override
  public void received(Connection connection, Slice message) {
    PeerConnection attached = attached(connection);
    if (attached != null) {
      replicator.receive(attached, message, System.nanoTime());
    }
  }

  @Override
  public void writable(Connection connection) {
    PeerConnection attached = attached(connection);
    if (attached != null) {
      replicator.writable(attached, System.nanoTime());
    }
  }

  @Override
  public void disconnected(Connection connection, CloseReason reason, String detail) {
    Peer peer = peers.remove(connection);
    if (peer != null) {
      replicator.detach(peer.attached(), System.nanoTime());
      connections.remove(peer.attached());
      listener.peerDisconnected(PeerInfo.of(connection), reason, detail);
    }
  }

  @Override
  public void refused(InetSocketAddress address, CloseReason reason, String detail) {
    listener.connectionRefused(address, reason, detail);
  }

  // ---------------------------------------------------------------------------------------------
  // Turns

  @Override
  public long nextDeadlineNanos() {
    return Math.min(replicator.nextDeadlineNanos(), timers.nextNanos());
  }

  @Override
  public void onDeadline(long nowNanos) {
    timers.run(nowNanos);
    replicator.onDeadline(nowNanos);
  }

  @Override
  public void ended(long nowNanos) {
    commits.turnEnded();
    for (int i = 0; i < abandoned.size(); i++) {
      OpenCore core = abandoned.get(i);
      core.stopWithoutPeers();
      unused(core);
    }
    abandoned.clear();
    for (int i = 0; i < unflushed.size(); i++) {
      unflushed.get(i).flush();
    }
    unflushed.clear();
  }

  // ---------------------------------------------------------------------------------------------
  // What replication tells

  @Override
  public void peerAdded(Core core, PeerConnection peer) {
    listener.peerAdded(core.key(), peer.remoteKey());
  }

  @Override
  public void peerRemoved(Core core, PeerConnection peer) {
    listener.peerRemoved(core.key(), peer.remoteKey());
    OpenCore known = open.get(core.discoveryKey());
    if (known != null && known.sessions() == 0) {
      abandoned.add(known);
    }
  }

  @Override
  public void blockReceived(Core core, long index, int sizeBytes, PeerConnection peer) {
    listener.blockStored(core.key(), index, sizeBytes, peer.remoteKey());
  }

  @Override
  public void blockSent(Core core, long index, int sizeBytes, PeerConnection peer) {
    listener.blockSent(core.key(), index, sizeBytes, peer.remoteKey());
  }

  @Override
  public void proofFailed(Core core, PeerConnection peer, ProofFailure failure, String detail) {
    listener.proofFailed(core.key(), peer.remoteKey(), failure);
  }

  @Override
  public void conflict(Core core, PeerConnection peer, Proof evidence) {
    listener.conflict(core.key(), peer.remoteKey());
  }
}
