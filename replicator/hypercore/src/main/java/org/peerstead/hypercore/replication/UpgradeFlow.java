package org.peerstead.hypercore.replication;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.core.Core;
import org.peerstead.hypercore.merkle.ProofRequest;

/**
 * Keeps the head of a core up with the longest peer, without being asked to: one request at a time.
 * The manifest comes along, or is asked for by itself while the peer's core is empty.
 */
final class UpgradeFlow {
  /** Somebody who waits until no peer is ahead. */
  private record Waiter(long fork, long length, UpdateListener listener) {}

  private final CoreReplication replication;
  private final Core core;
  private @Nullable PeerRequest request;
  private @Nullable PeerRequest manifestRequest;
  private final List<Waiter> waiters = new ArrayList<>(0);

  UpgradeFlow(CoreReplication replication) {
    this.replication = replication;
    this.core = replication.core();
  }

  /** Asks whoever is ahead. */
  void run(long nowNanos) {
    if (core.isFrozen() || core.tip() != core.head()) {
      return;
    }
    if (core.manifest() == null && manifestRequest == null) {
      askManifest(nowNanos);
    }
    PeerRequest old = request;
    boolean isLate =
        old != null && nowNanos - old.sentNanos >= replication.config().upgradeRetryNanos();
    if (old != null && !isLate) {
      return;
    }
    CorePeer best = null;
    for (CorePeer peer : replication.peers()) {
      if (peer.offersUpgrade()
          && (old == null || peer != old.peer)
          && (best == null || peer.remote().length() > best.remote().length())) {
        best = peer;
      }
    }
    if (best == null) {
      return;
    }
    if (old != null) {
      request = null;
      old.peer.refusedLength = old.peer.remote().length();
      replication.giveUp(old);
    }
    request =
        replication
            .downloader()
            .askUpgrade(best, core.manifest() == null && best.remote().hasManifest(), nowNanos);
  }

  private void askManifest(long nowNanos) {
    for (CorePeer peer : replication.peers()) {
      if (peer.isSource() && peer.remote().length() == 0 && peer.remote().hasManifest()) {
        PeerRequest made =
            new PeerRequest(
                peer,
                PeerRequest.Purpose.MANIFEST,
                new ProofRequest(core.fork(), null, null, null, null),
                true,
                0,
                null,
                -1,
                nowNanos);
        manifestRequest = made;
        peer.ask(made);
        return;
      }
    }
  }

  /** A request was answered, refused or lost. */
  void done(PeerRequest done, boolean isRefused) {
    if (done == request) {
      request = null;
    } else if (done == manifestRequest) {
      manifestRequest = null;
    } else {
      return;
    }
    if (isRefused) {
      done.peer.refusedLength = done.peer.remote().length();
    }
  }

  /** When a request in flight is late, or {@link Long#MAX_VALUE}. */
  long lateNanos(long nowNanos) {
    PeerRequest pending = request;
    if (pending == null) {
      return Long.MAX_VALUE;
    }
    long late = pending.sentNanos + replication.config().upgradeRetryNanos();
    // Late and nobody else to ask: there is nothing to wake up for.
    return late > nowNanos ? late : Long.MAX_VALUE;
  }

  // ---------------------------------------------------------------------------------------------

  /** Calls back when no peer is ahead any more. */
  Ticket await(UpdateListener listener) {
    Waiter waiter = new Waiter(core.fork(), core.length(), listener);
    waiters.add(waiter);
    return nowNanos -> waiters.removeIf(each -> each == waiter);
  }

  /** Calls back whoever need not wait any longer. */
  void settleWaiters() {
    if (waiters.isEmpty()) {
      return;
    }
    boolean isSettled = isSettled();
    List<Waiter> done = new ArrayList<>();
    waiters.removeIf(each -> {
      boolean isDone = hasGrown(each) || isSettled;
      if (isDone) {
        done.add(each);
      }
      return isDone;
    });
    for (Waiter waiter : done) {
      waiter.listener().updated(hasGrown(waiter));
    }
  }

  private boolean hasGrown(Waiter waiter) {
    return waiter.fork() != core.fork() || waiter.length() != core.length();
  }

  private boolean isSettled() {
    if (replication.hasOpeningPeers() || replication.reorg().isRunning()) {
      return false;
    }
    if (request != null) {
      return false;
    }
    for (CorePeer peer : replication.peers()) {
      if (!peer.isActive()) {
        continue;
      }
      if (!peer.isSynced()) {
        return false;
      }
      // Ahead, but does not know yet where we stand.
      if (peer.isSameFork()
          && peer.remote().length() > core.length()
          && peer.refusedLength != peer.remote().length()
          && (peer.remote().canUpgrade() || peer.remote().remoteLength() != core.length())) {
        return false;
      }
    }
    return true;
  }

  /** Nothing will come any more. */
  void stop() {
    request = null;
    manifestRequest = null;
    List<Waiter> all = List.copyOf(waiters);
    waiters.clear();
    for (Waiter waiter : all) {
      waiter.listener().updated(hasGrown(waiter));
    }
  }
}
