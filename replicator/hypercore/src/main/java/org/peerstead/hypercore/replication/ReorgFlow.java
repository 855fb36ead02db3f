package org.peerstead.hypercore.replication;

import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.core.Core;
import org.peerstead.hypercore.core.Reorg;
import org.peerstead.hypercore.manifest.HeadException;
import org.peerstead.hypercore.merkle.ProofException;
import org.peerstead.hypercore.merkle.ProofRequest;
import org.peerstead.hypercore.wire.HypercoreMessage.Data;

/**
 * Follows the highest fork that a peer tells of: asks for its whole head, then for the nodes that
 * show how much of it we have, then gives up the rest. One request at a time.
 */
final class ReorgFlow {
  private final CoreReplication replication;
  private final Core core;
  private @Nullable Reorg reorg;
  private @Nullable PeerRequest request;

  ReorgFlow(CoreReplication replication) {
    this.replication = replication;
    this.core = replication.core();
  }

  /** Whether a head of a higher fork is being looked at. */
  boolean isRunning() {
    return reorg != null || request != null;
  }

  void run(long nowNanos) {
    if (core.isFrozen() || core.tip() != core.head()) {
      return;
    }
    PeerRequest pending = request;
    if (pending != null) {
      if (nowNanos - pending.sentNanos < replication.config().upgradeRetryNanos()) {
        return;
      }
      CorePeer other = source(core.fork(), pending.peer);
      if (other == null) {
        return;
      }
      request = null;
      reorg = null;
      pending.peer.refusedFork = pending.peer.remote().fork();
      replication.giveUp(pending);
    }
    CorePeer source = source(core.fork(), null);
    Reorg known = reorg;
    if (source == null) {
      reorg = null;
      return;
    }
    if (known != null && known.head().fork() < source.remote().fork()) {
      known = null;
      reorg = null;
    }
    if (known != null && known.head().fork() <= core.fork()) {
      known = null;
      reorg = null;
    }
    ProofRequest next =
        known == null
            ? Comparison.request(source.remote().fork(), source.remote().length())
            : known.nextRequest();
    if (next == null) {
      return;
    }
    PeerRequest made =
        new PeerRequest(
            source,
            PeerRequest.Purpose.REORG,
            next,
            known == null && core.manifest() == null && source.remote().hasManifest(),
            0,
            null,
            -1,
            nowNanos);
    request = made;
    source.ask(made);
  }

  /** The peer with the highest fork above {@code fork}, or null. */
  private @Nullable CorePeer source(long fork, @Nullable CorePeer except) {
    CorePeer best = null;
    for (CorePeer peer : replication.peers()) {
      if (peer != except
          && peer.isActive()
          && peer.isSynced()
          && peer.remote().isUploading()
          && peer.remote().fork() > fork
          && peer.remote().length() > 0
          && peer.refusedFork != peer.remote().fork()
          && (best == null || peer.remote().fork() > best.remote().fork())) {
        best = peer;
      }
    }
    return best;
  }

  /** Takes an answer in; afterwards the core may be on the other fork. */
  void answered(PeerRequest answered, Data data) throws ProofException, HeadException {
    if (answered != request) {
      return;
    }
    request = null;
    Reorg known = reorg;
    if (known == null) {
      if (data.proof().fork() <= core.fork()) {
        return;
      }
      known = core.beginReorg(data.proof(), data.manifest());
      reorg = known;
    } else {
      known.accept(data.proof());
    }
    if (known.nextRequest() == null) {
      reorg = null;
      try {
        core.reorg(known);
      } catch (HeadException e) {
        if (e.reason() != HeadException.Reason.SUPERSEDED) {
          throw e;
        }
        // The core moved on meanwhile: the search begins again.
      }
    }
  }

  /** A request was refused or lost. */
  void done(PeerRequest done, boolean isRefused) {
    if (done == request) {
      request = null;
      reorg = null;
      if (isRefused) {
        done.peer.refusedFork = done.peer.remote().fork();
      }
    }
  }

  /** When a request in flight is late, or {@link Long#MAX_VALUE}. */
  long lateNanos(long nowNanos) {
    PeerRequest pending = request;
    if (pending == null) {
      return Long.MAX_VALUE;
    }
    long late = pending.sentNanos + replication.config().upgradeRetryNanos();
    return late > nowNanos ? late : Long.MAX_VALUE;
  }

  void stop() {
    request = null;
    reorg = null;
  }
}
