package org.peerstead.storagepeer;

import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.peerstead.events.CoreKey;
import org.peerstead.events.PeerSeen;
import org.peerstead.hypercore.Hypercores;
import org.peerstead.hypercore.HypercoresListener;
import org.peerstead.hypercore.PeerInfo;
import org.peerstead.hypercore.net.CloseReason;
import org.peerstead.hypercore.replication.ProofFailure;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * What the engine tells: counted, remembered for the next sweep, and passed on to the bus. Its
 * methods run on the engine's thread and return quickly. Thread-safe.
 */
final class EngineEvents implements HypercoresListener {
  private static final Logger LOG = Logger.getLogger(EngineEvents.class);

  private final Announcer announcer;
  private final PeerOutbox outbox;
  private final StoragePeerMetrics metrics;
  private final LongSupplier clockMillis;
  private final Set<Fixed32> allowedPeers;
  private final LongConsumer bytesSinceSweep;
  private volatile @Nullable Hypercores engine;
  private Set<Fixed32> changed = new HashSet<>();
  private @Nullable Fixed32 lastChanged;
  private long bytes;

  /**
   * @param allowedPeers the only ones that may connect; empty for all
   * @param bytesSinceSweep told how many bytes came since {@link #takeChanged}
   */
  EngineEvents(
      Announcer announcer,
      PeerOutbox outbox,
      StoragePeerMetrics metrics,
      LongSupplier clockMillis,
      Set<Fixed32> allowedPeers,
      LongConsumer bytesSinceSweep) {
    this.announcer = announcer;
    this.outbox = outbox;
    this.metrics = metrics;
    this.clockMillis = clockMillis;
    this.allowedPeers = allowedPeers;
    this.bytesSinceSweep = bytesSinceSweep;
  }

  /** The engine whose events these are. */
  void started(Hypercores running) {
    engine = running;
  }

  /** Logs that something happened to since the last call. */
  synchronized Set<Fixed32> takeChanged() {
    Set<Fixed32> taken = changed;
    changed = new HashSet<>();
    lastChanged = null;
    bytes = 0;
    return taken;
  }

  private synchronized long mark(Fixed32 key, int sizeBytes) {
    // Blocks of one log come in long rows.
    if (key != lastChanged) {
      changed.add(key);
      lastChanged = key;
    }
    bytes += sizeBytes;
    return bytes;
  }

  @Override
  public void peerConnected(PeerInfo peer) {
    Hypercores running = engine;
    if (!isAllowed(peer.publicKey()) && running != null) {
      LOG.debugf("Peer %s is not among peerstead.storage-peer.allowed-peers", peer.publicKey());
      metrics.connectionRejected("not_allowed");
      running.disconnect(peer.id());
      return;
    }
    outbox.send(
        new PeerSeen(
            CoreKey.of(peer.publicKey().toBytes()),
            text(peer.address()),
            true,
            clockMillis.getAsLong(),
            ""));
  }

  private boolean isAllowed(Fixed32 peer) {
    return allowedPeers.isEmpty() || allowedPeers.contains(peer);
  }

  @Override
  public void peerDisconnected(PeerInfo peer, CloseReason reason, String detail) {
    metrics.disconnected(reason.name());
    if (isAllowed(peer.publicKey())) {
      outbox.send(
          new PeerSeen(
              CoreKey.of(peer.publicKey().toBytes()),
              text(peer.address()),
              false,
              clockMillis.getAsLong(),
              limited(detail.isEmpty() ? reason.name() : reason.name() + ": " + detail)));
    }
  }

  @Override
  public void connectionRefused(InetSocketAddress from, CloseReason reason, String detail) {
    metrics.connectionRejected(reason.name());
  }

  @Override
  public void coreAppended(Fixed32 key, long fork, long from, long to, boolean isLocal) {
    mark(key, 0);
    if (isLocal) {
      announcer.grown(key, from);
    }
  }

  @Override
  public void coreTruncated(Fixed32 key, long fork, long length, long oldLength) {
    mark(key, 0);
    announcer.truncated(key, fork, length);
  }

  @Override
  public void blockStored(Fixed32 key, long index, int sizeBytes, Fixed32 fromPeer) {
    long sum = mark(key, sizeBytes);
    announcer.grown(key, index);
    bytesSinceSweep.accept(sum);
  }

  @Override
  public void blocksCleared(Fixed32 key, long from, long to) {
    mark(key, 0);
  }

  @Override
  public void conflict(Fixed32 key, Fixed32 peer) {
    metrics.conflict();
    mark(key, 0);
    LOG.warnf("The owner of core %s signed two histories: it takes nothing more", key);
  }

  @Override
  public void proofFailed(Fixed32 key, Fixed32 peer, ProofFailure failure) {
    metrics.proofFailed(failure.name());
    LOG.debugf("Peer %s gave a wrong answer for core %s: %s", peer, key, failure);
  }

  @Override
  public boolean isServed(Fixed32 discoveryKey, Fixed32 peer) {
    return isAllowed(peer);
  }

  private static String text(InetSocketAddress address) {
    return limited(address.getHostString() + ":" + address.getPort());
  }

  private static String limited(String text) {
    return text.length() <= 250 ? text : text.substring(0, 250);
  }
}
