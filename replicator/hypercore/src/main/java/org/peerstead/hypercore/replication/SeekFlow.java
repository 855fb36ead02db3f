package org.peerstead.hypercore.replication;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.core.Core;
import org.peerstead.hypercore.merkle.ByteSeek;
import org.peerstead.hypercore.merkle.FlatTree;
import org.peerstead.hypercore.merkle.ProofRequest;

/**
 * Finds blocks at byte offsets: looks as deep as nodes are stored, asks a peer for the path of some
 * leaf below and for the offset itself, and looks again. Each answer leads at least one level down.
 */
final class SeekFlow {
  /** One search. */
  private final class Search implements Ticket {
    final long bytes;
    final int padding;
    final SeekListener listener;
    @Nullable PeerRequest request;
    @Nullable CorePeer refusedBy;

    Search(long bytes, int padding, SeekListener listener) {
      this.bytes = bytes;
      this.padding = padding;
      this.listener = listener;
    }

    @Override
    public void cancel(long nowNanos) {
      replication.replicator().enter(nowNanos);
      if (searches.remove(this) && request != null) {
        request.peer.cancel(request);
      }
      replication.replicator().leave();
    }
  }

  private final CoreReplication replication;
  private final Core core;
  private final List<Search> searches = new ArrayList<>(0);

  SeekFlow(CoreReplication replication) {
    this.replication = replication;
    this.core = replication.core();
  }

  Ticket add(long bytes, int padding, SeekListener listener) {
    Search search = new Search(bytes, padding, listener);
    searches.add(search);
    replication.changed();
    return search;
  }

  void run(long nowNanos) {
    if (searches.isEmpty()) {
      return;
    }
    for (Search search : List.copyOf(searches)) {
      PeerRequest pending = search.request;
      if (pending != null && isLate(pending, nowNanos) && replication.peers().size() > 1) {
        search.request = null;
        search.refusedBy = pending.peer;
        pending.peer.cancel(pending);
      }
      if (search.request == null && searches.contains(search)) {
        run(search, nowNanos);
      }
    }
  }

  private boolean isLate(PeerRequest request, long nowNanos) {
    return nowNanos - request.sentNanos >= replication.config().upgradeRetryNanos();
  }

  /** When a request in flight is late, or {@link Long#MAX_VALUE}. */
  long lateNanos(long nowNanos) {
    long earliest = Long.MAX_VALUE;
    for (Search search : searches) {
      if (search.request != null) {
        long late = search.request.sentNanos + replication.config().upgradeRetryNanos();
        earliest = late > nowNanos ? Math.min(earliest, late) : earliest;
      }
    }
    return earliest;
  }

  private void run(Search search, long nowNanos) {
    switch (ByteSeek.find(core.head(), core.nodes(), search.bytes, search.padding)) {
      case ByteSeek.Result.Found(long block, long offset) -> {
        searches.remove(search);
        search.listener.found(block, offset);
      }
      case ByteSeek.Result.Below(long root, long offset) -> ask(search, root, nowNanos);
      case ByteSeek.Result.Beyond beyond -> {
        // The core may grow.
      }
    }
  }

  private void ask(Search search, long root, long nowNanos) {
    for (CorePeer peer : replication.peers()) {
      if (!peer.isSource() || peer == search.refusedBy) {
        continue;
      }
      long leaf = peer.have.next(FlatTree.firstBlock(root));
      long end = Math.min(FlatTree.endBlock(root), peer.provableEnd());
      if (leaf == RemoteBitfield.NONE || leaf >= end || !isWhole(peer, root)) {
        replication.downloader().wantBlock(peer, FlatTree.firstBlock(root));
        continue;
      }
      PeerRequest request =
          new PeerRequest(
              peer,
              PeerRequest.Purpose.SEEK,
              new ProofRequest(
                  core.fork(),
                  null,
                  new ProofRequest.Hash(2 * leaf, FlatTree.depth(root)),
                  new ProofRequest.Seek(search.bytes, search.padding),
                  null),
              false,
              0,
              null,
              -1,
              nowNanos);
      search.request = request;
      peer.ask(request);
      return;
    }
  }

  /** Whether the node is inside the peer's tree, so that its paths reach up to it. */
  private boolean isWhole(CorePeer peer, long root) {
    return FlatTree.endBlock(root) <= Math.min(core.length(), peer.remote().length());
  }

  /** A request was answered, refused or lost. */
  void done(PeerRequest done, boolean isRefused) {
    for (Search search : searches) {
      if (search.request == done) {
        search.request = null;
        search.refusedBy = isRefused ? done.peer : null;
        replication.changed();
        return;
      }
    }
  }

  /** The core is longer, or another. */
  void grown() {
    for (Search search : searches) {
      search.refusedBy = null;
    }
  }

  /** Nothing will come any more. */
  void fail(GetListener.Failure failure) {
    List<Search> all = List.copyOf(searches);
    searches.clear();
    for (Search search : all) {
      search.listener.failed(failure);
    }
  }
}
