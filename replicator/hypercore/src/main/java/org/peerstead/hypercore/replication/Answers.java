package org.peerstead.hypercore.replication;

import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.core.Applied;
import org.peerstead.hypercore.core.Core;
import org.peerstead.hypercore.manifest.HeadException;
import org.peerstead.hypercore.merkle.Proof;
import org.peerstead.hypercore.merkle.ProofException;
import org.peerstead.hypercore.merkle.ProofRequest;
import org.peerstead.hypercore.store.StorageException;
import org.peerstead.hypercore.wire.HypercoreCodec;
import org.peerstead.hypercore.wire.HypercoreMessage.Data;
import org.peerstead.hypercore.wire.HypercoreMessage.NoData;
import org.peerstead.securestream.encoding.Slice;

/** What comes back from peers: verified and stored, refused, or distrusted. */
final class Answers {
  private final CoreReplication replication;
  private final Core core;

  Answers(CoreReplication replication) {
    this.replication = replication;
    this.core = replication.core();
  }

  void data(CorePeer peer, Data data, long nowNanos) {
    if (data.requestId() == 0) {
      Proof.Upgrade upgrade = data.proof().upgrade();
      if (upgrade != null && upgrade.start() == 0 && data.proof().block() == null) {
        compare(peer, data);
      } else if (replication.isPushAllowed()) {
        pushed(peer, data);
      } else {
        peer.connection().countUnaskedData();
      }
      return;
    }
    PeerRequest request = replication.requests().get(data.requestId());
    if (request == null || request.peer != peer) {
      peer.connection().countUnaskedData();
      return;
    }
    boolean wasCancelled = request.isCancelled;
    peer.answered(request);
    if (!wasCancelled) {
      take(peer, request, data, nowNanos);
    }
    retryParked(peer, nowNanos);
  }

  void noData(CorePeer peer, NoData noData, long nowNanos) {
    PeerRequest request = replication.requests().get(noData.requestId());
    if (request == null || request.peer != peer) {
      return;
    }
    boolean wasCancelled = request.isCancelled;
    peer.answered(request);
    if (wasCancelled) {
      return;
    }
    boolean isOfOldFork =
        request.purpose != PeerRequest.Purpose.REORG && request.proof.fork() != core.fork();
    if (!isOfOldFork) {
      replication.replicator().stats().notAvailableReceived++;
      if (noData.reason() == NoData.NOT_AVAILABLE || noData.reason() == NoData.INVALID_REQUEST) {
        peer.refused();
      }
      refuse(peer, request);
    } else {
      replication.lost(request, false);
    }
    retryParked(peer, nowNanos);
  }

  /** The peer does not have what was asked for, and is not asked for it again soon. */
  private void refuse(CorePeer peer, PeerRequest request) {
    ProofRequest.Block block = request.proof.block();
    if (block != null && request.proof.fork() == core.fork()) {
      peer.have.remove(block.index(), block.index() + 1);
    }
    replication.lost(request, true);
  }

  private void take(CorePeer peer, PeerRequest request, Data data, long nowNanos) {
    if (request.purpose == PeerRequest.Purpose.REORG) {
      takeReorg(peer, request, data);
      return;
    }
    if (request.proof.fork() != core.fork() || core.isFrozen()) {
      replication.lost(request, false);
      return;
    }
    if (!matches(request, data)) {
      failed(peer, request, ProofFailure.MISMATCH, "not what was asked for");
      return;
    }
    // A peer that has moved to another fork may send the manifest alone.
    if (isEmpty(data) || data.proof().fork() != request.proof.fork()) {
      refuse(peer, request);
      return;
    }
    ProofRequest.Upgrade upgrade = request.proof.upgrade();
    if (upgrade != null && (upgrade.start() != core.length() || core.tip() != core.head())) {
      // We have grown meanwhile by other means: that is not the peer's fault.
      replication.lost(request, false);
      return;
    }
    if (request.anchor >= 0 && core.nodes().node(request.anchor) == null) {
      park(peer, request, data);
      return;
    }
    apply(peer, request, data);
  }

  private void apply(CorePeer peer, @Nullable PeerRequest request, Data data) {
    Proof.Block block = data.proof().block();
    boolean isNew = block != null && !core.has(block.index());
    Applied applied;
    try {
      applied = core.apply(data.proof(), data.manifest());
    } catch (ProofException e) {
      if (request == null && e.reason().isHonestlyPossible()) {
        // A push for what we had a moment ago.
        return;
      }
      failed(peer, request, ProofFailure.PROOF, e.reason() + ": " + e.getMessage());
      return;
    } catch (HeadException e) {
      failed(peer, request, ProofFailure.SIGNATURE, e.reason() + ": " + e.getMessage());
      return;
    } catch (StorageException e) {
      storageFailed(peer, request, e);
      return;
    }
    peer.served();
    if (request != null) {
      if (block == null && request.proof.block() != null) {
        // Only the longer head came.
        long index = request.proof.block().index();
        peer.have.remove(index, index + 1);
        replication.downloader().lost(request);
      }
      replication.answered(request);
    }
    Replicator replicator = replication.replicator();
    if (block != null) {
      if (isNew) {
        int size = block.value().length();
        replicator.stats().blocksReceived++;
        replicator.stats().blockBytesReceived += size;
        replicator.listener().blockReceived(core, block.index(), size, peer.connection());
      } else {
        replicator.stats().duplicateBlocks++;
      }
      replication.downloader().stored(block.index(), block.value());
    }
    if (applied.isUpgrade()) {
      replicator.listener().headChanged(core, peer.connection());
    }
  }

  private void takeReorg(CorePeer peer, PeerRequest request, Data data) {
    if (isEmpty(data) || data.proof().fork() != request.proof.fork()) {
      refuse(peer, request);
      return;
    }
    long fork = core.fork();
    try {
      replication.reorg().answered(request, data);
    } catch (ProofException e) {
      failed(peer, request, ProofFailure.PROOF, e.reason() + ": " + e.getMessage());
      return;
    } catch (HeadException e) {
      failed(peer, request, ProofFailure.SIGNATURE, e.reason() + ": " + e.getMessage());
      return;
    } catch (StorageException e) {
      storageFailed(peer, request, e);
      return;
    }
    replication.answered(request);
    if (core.fork() != fork) {
      replication.replicator().listener().headChanged(core, peer.connection());
    }
  }

  /** Something that nobody asked for, from a peer that may send such. */
  private void pushed(CorePeer peer, Data data) {
    Proof proof = data.proof();
    Proof.Upgrade upgrade = proof.upgrade();
    if (proof.fork() != core.fork()
        || core.isFrozen()
        || (upgrade != null && (upgrade.start() != core.length() || core.tip() != core.head()))
        || (proof.block() != null && upgrade == null && proof.block().index() >= core.length())) {
      return;
    }
    apply(peer, null, data);
  }

  /** Whether everything in the answer was asked for; parts may be left out. */
  private static boolean matches(PeerRequest request, Data data) {
    ProofRequest asked = request.proof;
    Proof proof = data.proof();
    return (proof.block() == null
            || (asked.block() != null && proof.block().index() == asked.block().index()))
        && (proof.hash() == null
            || (asked.hash() != null && proof.hash().index() == asked.hash().index()))
        && (proof.seek() == null
            || (asked.seek() != null && proof.seek().bytes() == asked.seek().bytes()))
        && (proof.upgrade() == null || asked.upgrade() != null);
  }

  /** Whether the answer has nothing of what was asked for. */
  private static boolean isEmpty(Data data) {
    Proof proof = data.proof();
    return proof.block() == null
        && proof.hash() == null
        && proof.seek() == null
        && proof.upgrade() == null
        && data.manifest() == null;
  }

  // ---------------------------------------------------------------------------------------------
  // Answers that came before those they build on

  private void park(CorePeer peer, PeerRequest request, Data data) {
    Proof.Block block = data.proof().block();
    int size = 256 + (block == null ? 0 : block.value().length());
    if (block == null
        || peer.inFlight == 0
        || peer.parkedBytes + size > replication.config().maxParkedBytes()) {
      replication.lost(request, false);
      return;
    }
    if (peer.parked == null) {
      peer.parked = new ArrayDeque<>();
    }
    Proof proof = data.proof();
    Data kept =
        new Data(
            data.requestId(),
            new Proof(
                proof.fork(),
                new Proof.Block(block.index(), block.value().copy(), block.nodes()),
                proof.hash(),
                proof.seek(),
                null),
            null);
    peer.parked.add(new ParkedAnswer(request, kept, size));
    peer.parkedBytes += size;
    replication.replicator().stats().answersParked++;
  }

  private void retryParked(CorePeer peer, long nowNanos) {
    if (peer.parked == null) {
      return;
    }
    ParkedAnswer next = takeFitting(peer);
    while (next != null) {
      take(peer, next.request(), next.data(), nowNanos);
      next = takeFitting(peer);
    }
    // Nothing on its way can bring what is missing.
    if (peer.inFlight == 0 || !peer.isOpened()) {
      dropParked(peer);
    }
  }

  /** Removes an answer whose nodes are there by now, or that belongs to another fork. */
  private @Nullable ParkedAnswer takeFitting(CorePeer peer) {
    if (peer.parked == null) {
      return null;
    }
    Iterator<ParkedAnswer> iterator = peer.parked.iterator();
    while (iterator.hasNext()) {
      ParkedAnswer answer = iterator.next();
      PeerRequest request = answer.request();
      if (request.proof.fork() != core.fork() || core.nodes().node(request.anchor) != null) {
        iterator.remove();
        peer.parkedBytes -= answer.sizeBytes();
        if (peer.parked.isEmpty()) {
          peer.parked = null;
        }
        return answer;
      }
    }
    return null;
  }

  /** The peer is gone: so is what it sent and could not be used. */
  void dropParked(CorePeer peer) {
    ArrayDeque<ParkedAnswer> all = peer.parked;
    peer.parked = null;
    peer.parkedBytes = 0;
    if (all != null) {
      for (ParkedAnswer answer : all) {
        replication.lost(answer.request(), false);
      }
    }
  }

  // ---------------------------------------------------------------------------------------------
  // Distrust

  /** Not the peer's fault, but there is no use in asking it for more. */
  private void storageFailed(
      CorePeer peer, @Nullable PeerRequest request, StorageException failure) {
    peer.pause();
    if (request != null) {
      replication.lost(request, true);
    }
    replication.replicator().listener().storageFailed(core, peer.connection(), failure);
  }

  private void failed(
      CorePeer peer, @Nullable PeerRequest request, ProofFailure failure, String detail) {
    Replicator replicator = replication.replicator();
    replicator.stats().countProofFailed(failure);
    replicator.listener().proofFailed(core, peer.connection(), failure, detail);
    peer.pauseAndCompare();
    if (request != null) {
      ProofRequest.Block block = request.proof.block();
      if (block != null) {
        peer.spoilt(block.index());
      }
      replication.lost(request, true);
    }
    peer.connection().countBadProof(detail);
  }

  /** A whole head, to be compared with ours. */
  private void compare(CorePeer peer, Data data) {
    if (!peer.isComparing()) {
      peer.connection().countUnaskedData();
    }
    if (core.isFrozen() || data.proof().fork() != core.fork() || core.manifest() == null) {
      return;
    }
    boolean isContradiction;
    try {
      isContradiction = core.contradicts(data.proof(), data.manifest());
    } catch (ProofException | HeadException e) {
      peer.connection().countBadProof("comparison: " + e.getMessage());
      return;
    }
    if (isContradiction) {
      Slice evidence = HypercoreCodec.encode(data);
      replication.replicator().listener().conflict(core, peer.connection(), data.proof());
      core.freeze(evidence);
    } else if (peer.isComparing()) {
      peer.resume();
    }
  }
}
