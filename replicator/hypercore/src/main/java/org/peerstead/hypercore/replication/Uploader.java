package org.peerstead.hypercore.replication;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.core.Bitfield;
import org.peerstead.hypercore.core.Core;
import org.peerstead.hypercore.manifest.Manifest;
import org.peerstead.hypercore.merkle.Proof;
import org.peerstead.hypercore.merkle.ProofException;
import org.peerstead.hypercore.merkle.ProofRequest;
import org.peerstead.hypercore.store.StorageException;
import org.peerstead.hypercore.wire.HypercoreCodec;
import org.peerstead.hypercore.wire.HypercoreMessage;
import org.peerstead.hypercore.wire.HypercoreMessage.Data;
import org.peerstead.hypercore.wire.HypercoreMessage.NoData;
import org.peerstead.hypercore.wire.HypercoreMessage.Range;
import org.peerstead.hypercore.wire.HypercoreMessage.Request;
import org.peerstead.hypercore.wire.HypercoreMessage.Want;
import org.peerstead.securestream.encoding.Slice;

/**
 * What one peer asks of one core, answered in its turn: requests that somebody waits for first and
 * the newest of them first, then the others as they came.
 */
final class Uploader {
  /** Blocks of one bitfield message. */
  private static final long SEGMENT_BLOCKS = 2_097_152;

  /** What a message counts for beside its content, in bytes. */
  private static final int MESSAGE_COST = 64;

  private final CorePeer peer;
  private @Nullable ArrayDeque<HypercoreMessage> queue;
  private @Nullable LongMap<Request> byId;

  /** Length that pushes have told the peer about. */
  private long pushedLength;

  Uploader(CorePeer peer) {
    this.peer = peer;
  }

  boolean isEmpty() {
    return queue == null || queue.isEmpty();
  }

  /** Puts a request in the queue; one with the same id is replaced. */
  void request(Request request) {
    peer.replication().replicator().stats().requestsReceived++;
    cancel(request.id());
    LongMap<Request> ids = byId;
    if (ids == null) {
      ids = new LongMap<>();
      byId = ids;
    }
    ids.put(request.id(), request);
    add(request, request.priority() > 0);
  }

  /** Puts a want in the queue. */
  void want(Want want) {
    add(want, false);
  }

  /** The request needs no answer any more; unknown ids are none of our business. */
  void cancel(long id) {
    Request old = byId == null ? null : byId.get(id);
    if (old != null && byId != null) {
      byId.remove(id);
      if (queue != null && queue.remove(old)) {
        peer.connection().queuedRequests--;
      }
      peer.replication().replicator().stats().cancelsReceived++;
    }
  }

  /** Forgets all. */
  void clear() {
    if (queue != null) {
      peer.connection().queuedRequests -= queue.size();
      queue = null;
    }
    byId = null;
  }

  private void add(HypercoreMessage message, boolean isFirst) {
    ArrayDeque<HypercoreMessage> all = queue;
    if (all == null) {
      all = new ArrayDeque<>();
      queue = all;
    }
    ReplicationConfig config = peer.replication().config();
    if (all.size() >= config.maxQueuedRequests()
        || peer.connection().queuedRequests >= config.maxQueuedRequestsPerConnection()) {
      peer.connection()
          .destroy(
              DisconnectReason.TOO_MANY_REQUESTS,
              all.size() + " of a core and " + peer.connection().queuedRequests + " in all wait");
      return;
    }
    peer.connection().queuedRequests++;
    if (isFirst) {
      all.addFirst(message);
    } else {
      all.addLast(message);
    }
    peer.replication().replicator().serveLater(peer);
  }

  /** Answers what is first in the queue; returns about how many bytes that were. */
  int serveOne(long nowNanos) {
    HypercoreMessage next = queue == null ? null : queue.poll();
    if (next == null) {
      return 0;
    }
    peer.connection().queuedRequests--;
    if (queue != null && queue.isEmpty()) {
      queue = null;
    }
    if (next instanceof Request request) {
      if (byId != null) {
        byId.remove(request.id());
        if (byId.isEmpty()) {
          byId = null;
        }
      }
      return answer(request);
    }
    return next instanceof Want want ? answer(want) : 0;
  }

  private int answer(Request request) {
    Core core = peer.core();
    ProofRequest wanted = request.proof();
    Manifest manifest = request.wantsManifest() && !core.isCompat() ? core.manifest() : null;
    ProofRequest.Block block = wanted.block();
    if (wanted.fork() != core.fork()
        || (block != null && (!core.has(block.index()) || core.isFrozen()))) {
      return manifest == null
          ? refuse(request, NoData.NOT_AVAILABLE)
          : send(new Data(request.id(), nothing(core.fork()), manifest));
    }
    Proof proof;
    try {
      proof = core.prove(wanted);
    } catch (ProofException e) {
      if (e.reason() == ProofException.Reason.NOT_AVAILABLE) {
        return refuse(request, NoData.NOT_AVAILABLE);
      }
      peer.connection().countInvalidRequest(String.valueOf(e.getMessage()));
      return refuse(request, NoData.INVALID_REQUEST);
    } catch (StorageException e) {
      peer.replication().replicator().listener().storageFailed(core, peer.connection(), e);
      return refuse(request, NoData.NOT_AVAILABLE);
    }
    int bytes = send(new Data(request.id(), proof, manifest));
    if (proof.upgrade() != null) {
      pushedLength = core.length();
    }
    Proof.Block answered = proof.block();
    if (answered != null) {
      Replicator replicator = peer.replication().replicator();
      int size = answered.value().length();
      replicator.stats().blocksSent++;
      replicator.stats().blockBytesSent += size;
      replicator.listener().blockSent(core, answered.index(), size, peer.connection());
    }
    return bytes;
  }

  private static Proof nothing(long fork) {
    return new Proof(fork, null, null, null, null);
  }

  private int refuse(Request request, long reason) {
    peer.replication().replicator().stats().notAvailableSent++;
    return send(new NoData(request.id(), reason));
  }

  private int answer(Want want) {
    Core core = peer.core();
    long length = core.length();
    long contiguous = core.contiguousLength();
    long start = want.start();
    if (start + want.length() < contiguous
        || contiguous == length
        || (want.isAny() && start < contiguous)) {
      return send(new Range(false, 0, contiguous));
    }
    long end = Math.min(start + want.length(), length);
    if (want.isAny()) {
      long first = core.bitfield().firstSet(start);
      return first != Bitfield.NONE && first < end ? send(new Range(false, first, 1)) : 0;
    }
    int bytes = 0;
    for (long from = start - start % Integer.SIZE; from < end; ) {
      long to = Math.min(end, (from / SEGMENT_BLOCKS + 1) * SEGMENT_BLOCKS);
      int[] words = new int[(int) ((to - from + Integer.SIZE - 1) / Integer.SIZE)];
      if (core.bitfield().copyWords(from, words)) {
        hideBeyond(words, from, length);
        bytes += send(new HypercoreMessage.Bitfield(from, words));
      }
      from = to;
    }
    return bytes;
  }

  /** Blocks behind the head are not to be seen yet. */
  private static void hideBeyond(int[] words, long from, long length) {
    for (int i = words.length - 1; i >= 0; i--) {
      long behind = from + (long) (i + 1) * Integer.SIZE - length;
      if (behind <= 0) {
        return;
      }
      words[i] = behind >= Integer.SIZE ? 0 : words[i] & (-1 >>> behind);
    }
  }

  /** Sends a block that nobody asked for to a peer that allows it. */
  void push(long index) {
    Core core = peer.core();
    long known = peer.remote().length();
    if (!peer.isActive()
        || !peer.isSameFork()
        || !peer.remote().allowsPush()
        || !peer.remote().isDownloading()
        || !core.has(index)
        || peer.have.has(index)) {
      return;
    }
    long length = Math.max(known, pushedLength);
    ProofRequest.Upgrade upgrade =
        index >= length ? new ProofRequest.Upgrade(length, core.length() - length) : null;
    ProofRequest request =
        new ProofRequest(
            core.fork(),
            new ProofRequest.Block(index, PathLevels.mostMissing(index, length)),
            null,
            null,
            upgrade);
    try {
      Proof proof = core.prove(request);
      Manifest manifest = known == 0 && !core.isCompat() ? core.manifest() : null;
      if (upgrade != null) {
        pushedLength = core.length();
      }
      send(new Data(0, proof, manifest));
      peer.replication().replicator().stats().blocksSent++;
    } catch (ProofException e) {
      // The peer cannot be reached with one proof; it will ask.
    }
  }

  /** Sends our head to be compared. */
  void sendComparison() {
    Core core = peer.core();
    long length = Math.min(core.length(), peer.remote().length());
    if (peer.isOpened() && peer.isSameFork() && length > 0) {
      try {
        send(new Data(0, core.prove(Comparison.request(core.fork(), length)), null));
      } catch (ProofException e) {
        // Without all nodes there is nothing to show.
      }
    }
  }

  private int send(HypercoreMessage message) {
    Slice payload = HypercoreCodec.encode(message);
    peer.send(message.type(), payload);
    return MESSAGE_COST + payload.length();
  }
}
