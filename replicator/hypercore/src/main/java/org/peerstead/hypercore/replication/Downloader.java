package org.peerstead.hypercore.replication;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.core.Bitfield;
import org.peerstead.hypercore.core.Core;
import org.peerstead.hypercore.merkle.FlatTree;
import org.peerstead.hypercore.merkle.ProofRequest;
import org.peerstead.hypercore.wire.HypercoreMessage.Unwant;
import org.peerstead.hypercore.wire.HypercoreMessage.Want;
import org.peerstead.securestream.encoding.Slice;

/**
 * Which block of a core is asked of whom: first those that somebody waits for, then ranges, then
 * blocks on their way from a slow peer.
 */
final class Downloader {
  /** Steps of one search through what is on its way or not there; then it rests. */
  private static final int MAX_STEPS = 4_096;

  /** How long a search rests. */
  private static final long REST_NANOS = 2_000_000;

  private static final long NOTHING = -1;
  private static final long UNFINISHED = -2;

  /** Blocks waited for that are looked at for one peer in a turn: more than anybody waits for. */
  private static final int MAX_WAITING_STEPS = 65_536;

  /** Blocks on their way that are looked at for one idle peer in a turn. */
  private static final int MAX_HOTSWAP_STEPS = 64;

  /** Batches of one range that a peer is asked to tell about. */
  private static final int MAX_RANGE_WANTS = 64;

  private final CoreReplication replication;
  private final Core core;
  private final LongMap<BlockState> blocks = new LongMap<>();

  /** Blocks that somebody waits for and that nobody is asked for. */
  private final LinkedHashSet<BlockState> waiting = new LinkedHashSet<>();

  private final List<Download> downloads = new ArrayList<>(0);
  private int nextDownload;
  private int liveDownloads;

  /** Blocks that are asked for, by the age of the first request. */
  private @Nullable BlockState oldest;

  private @Nullable BlockState newest;
  private long hotswapCheckNanos;

  /** When searches that rest go on. */
  private long resumeNanos = Long.MAX_VALUE;

  /** Grows when there is something new to ask for. */
  private long version;

  Downloader(CoreReplication replication) {
    this.replication = replication;
    this.core = replication.core();
  }

  boolean isIdle() {
    return downloads.isEmpty() && blocks.isEmpty();
  }

  boolean hasLiveDownload() {
    return liveDownloads > 0;
  }

  // ---------------------------------------------------------------------------------------------
  // What is wanted

  void add(Download download) {
    downloads.add(download);
    if (download.to() == Download.LIVE) {
      liveDownloads++;
    }
    advance(download);
    changed();
  }

  void cancel(Download download) {
    if (downloads.remove(download)) {
      finish(download);
    }
  }

  private void finish(Download download) {
    download.isDone = true;
    if (download.to() == Download.LIVE) {
      liveDownloads--;
    }
  }

  /** Somebody waits for a block that is not stored. */
  void add(BlockWait wait) {
    BlockState state = blocks.get(wait.index());
    if (state == null) {
      state = new BlockState(wait.index());
      blocks.put(wait.index(), state);
    }
    if (state.waits == null) {
      state.waits = new ArrayList<>(1);
    }
    state.waits.add(wait);
    if (state.requests.isEmpty()) {
      waiting.add(state);
    }
    changed();
  }

  void cancel(BlockWait wait) {
    BlockState state = blocks.get(wait.index());
    if (state == null || state.waits == null || !state.waits.remove(wait)) {
      return;
    }
    if (state.isWaitedFor() || isInDownload(wait.index())) {
      return;
    }
    waiting.remove(state);
    for (PeerRequest request : List.copyOf(state.requests)) {
      request.peer.asked.remove(state);
      replication.cancel(request);
    }
    forget(state);
    for (Download download : downloads) {
      // It may have been passed over while it was on its way.
      download.cursor = Math.min(download.cursor, Math.max(state.index, download.from()));
    }
    changed();
  }

  private boolean isInDownload(long index) {
    for (Download download : downloads) {
      if (index >= download.from() && index < download.end(Long.MAX_VALUE)) {
        return true;
      }
    }
    return false;
  }

  /** There is something new to ask for. */
  void changed() {
    version++;
    replication.askAll();
  }

  // ---------------------------------------------------------------------------------------------
  // Asking

  /** Asks a peer for one block; returns whether there was one. */
  boolean ask(CorePeer peer, long nowNanos) {
    if (!peer.isSource() || isIdle() || peer.inFlight >= peer.connection().window()) {
      return false;
    }
    if (peer.exhaustedVersion != version) {
      long end = peer.provableEnd();
      if (askWaiting(peer, end, nowNanos) || askRange(peer, end, nowNanos)) {
        return true;
      }
      peer.exhaustedVersion = version;
    }
    return hotswap(peer, nowNanos);
  }

  private boolean askWaiting(CorePeer peer, long end, long nowNanos) {
    int steps = 0;
    for (BlockState state : waiting) {
      if (++steps > MAX_WAITING_STEPS) {
        return false;
      }
      if (state.index >= core.length()) {
        continue;
      }
      if (!peer.have.has(state.index)) {
        wantBlock(peer, state.index);
      } else if (state.index < end && !peer.isSpoilt(state.index)) {
        waiting.remove(state);
        send(peer, state, nowNanos);
        return true;
      }
    }
    return false;
  }

  private boolean askRange(CorePeer peer, long provableEnd, long nowNanos) {
    for (int i = 0; i < downloads.size(); i++) {
      nextDownload = nextDownload + 1 < downloads.size() ? nextDownload + 1 : 0;
      Download download = downloads.get(nextDownload);
      long index = pick(download, peer, Math.min(provableEnd, download.end(core.length())));
      if (index >= 0) {
        BlockState state = blocks.get(index);
        if (state == null) {
          state = new BlockState(index);
          blocks.put(index, state);
        } else {
          waiting.remove(state);
        }
        send(peer, state, nowNanos);
        return true;
      }
      if (index == UNFINISHED) {
        resumeNanos = Math.min(resumeNanos, nowNanos + REST_NANOS);
      } else {
        wantRange(peer, download);
      }
    }
    return false;
  }

  private long pick(Download download, CorePeer peer, long end) {
    advanceCursor(download);
    long from = download.cursor;
    if (from >= end) {
      return NOTHING;
    }
    if (peer.searchFrom > from && peer.searchFrom < end) {
      // One that rested. What lies before its beginning is left to be looked at once.
      long index = search(peer, peer.searchFrom, end);
      long origin = peer.searchOrigin;
      if (index == NOTHING && origin > from) {
        peer.searchOrigin = 0;
        index = search(peer, from, Math.min(origin, end));
      }
      return index;
    }
    long start =
        download.order() == Download.Order.LINEAR
            ? from
            : from + replication.replicator().random().nextLong(end - from);
    peer.searchOrigin = start;
    long index = search(peer, start, end);
    if (index == NOTHING && start > from) {
      peer.searchOrigin = 0;
      index = search(peer, from, start);
    }
    return index;
  }

  /** A block that the peer has and that is neither stored nor on its way. */
  private long search(CorePeer peer, long from, long end) {
    Bitfield stored = core.bitfield();
    long index = from;
    peer.searchFrom = 0;
    for (int steps = 0; steps < MAX_STEPS; steps++) {
      index = peer.have.next(index);
      if (index == RemoteBitfield.NONE || index >= end) {
        return NOTHING;
      }
      long missing = stored.firstUnset(index);
      if (missing != index) {
        index = missing;
      } else if (isOnItsWay(index) || peer.isSpoilt(index)) {
        index++;
      } else {
        return index;
      }
      if (index >= end) {
        return NOTHING;
      }
    }
    peer.searchFrom = index;
    return UNFINISHED;
  }

  /** When {@link #resume} is due, or {@link Long#MAX_VALUE}. */
  long resumeNanos() {
    return resumeNanos;
  }

  /** Searches that rest go on. */
  void resume() {
    resumeNanos = Long.MAX_VALUE;
    changed();
  }

  private boolean isOnItsWay(long index) {
    BlockState state = blocks.get(index);
    return state != null && !state.requests.isEmpty();
  }

  /** Asks an idle peer for a block that another one has owed for long. */
  private boolean hotswap(CorePeer peer, long nowNanos) {
    if (replication.peers().size() < 2 || 2 * peer.inFlight >= peer.connection().window()) {
      return false;
    }
    BlockState state = oldest;
    for (int steps = 0; state != null && steps < MAX_HOTSWAP_STEPS; steps++) {
      long age = nowNanos - state.requests.getFirst().sentNanos;
      if (age < replication.config().hotswapNanos()) {
        return false;
      }
      if (state.requests.size() < BlockState.MAX_REQUESTS
          && !state.isAskedOf(peer)
          && state.index < peer.provableEnd()
          && peer.hasGood(state.index)) {
        replication.replicator().stats().hotswaps++;
        send(peer, state, nowNanos);
        return true;
      }
      state = state.next;
    }
    return false;
  }

  /** When idle peers are to be looked at again, or {@link Long#MAX_VALUE}. */
  long hotswapNanos() {
    BlockState state = oldest;
    return state == null || replication.peers().size() < 2
        ? Long.MAX_VALUE
        : Math.max(
            hotswapCheckNanos,
            state.requests.getFirst().sentNanos + replication.config().hotswapNanos());
  }

  /** Lets idle peers look for something to help with. */
  void checkHotswap(long nowNanos) {
    hotswapCheckNanos = nowNanos + Math.max(1_000_000, replication.config().hotswapNanos() / 2);
    replication.askAll();
  }

  private void send(CorePeer peer, BlockState state, long nowNanos) {
    long index = state.index;
    long length = core.length();
    int limit = PathLevels.ofRoot(index, length);
    if (peer.remote().length() < length) {
      // Its tree is shorter: we hold its roots, and its paths end there.
      limit = Math.min(limit, PathLevels.ofRoot(index, peer.remote().length()));
    }
    boolean isWaitedFor = state.isWaitedFor();
    // What somebody waits for overtakes the rest, and must not build on it.
    int coming = isWaitedFor ? limit : PathLevels.ofInFlight(peer.asked, index, limit);
    int levels = PathLevels.ofStored(core.bitfield(), index, coming);
    long anchor =
        coming < limit && levels == coming ? FlatTree.index(levels, index >>> levels) : -1;
    ask(
        peer,
        state,
        new ProofRequest(core.fork(), new ProofRequest.Block(index, levels), null, null, null),
        false,
        anchor,
        nowNanos);
  }

  private void ask(
      CorePeer peer,
      BlockState state,
      ProofRequest proof,
      boolean wantsManifest,
      long anchor,
      long nowNanos) {
    PeerRequest request =
        new PeerRequest(
            peer,
            PeerRequest.Purpose.DOWNLOAD,
            proof,
            wantsManifest,
            priority(state),
            state,
            anchor,
            nowNanos);
    state.requests.add(request);
    peer.asked.add(state);
    if (state.requests.size() == 1) {
      link(state);
    }
    peer.ask(request);
  }

  /**
   * Sends a request for a longer head, with a block beyond our length when that saves a round trip.
   */
  PeerRequest askUpgrade(CorePeer peer, boolean wantsManifest, long nowNanos) {
    ProofRequest.Upgrade upgrade =
        new ProofRequest.Upgrade(core.length(), peer.remote().length() - core.length());
    BlockState state = blockBeyond(peer);
    if (state == null) {
      PeerRequest request =
          new PeerRequest(
              peer,
              PeerRequest.Purpose.DOWNLOAD,
              new ProofRequest(core.fork(), null, null, null, upgrade),
              wantsManifest,
              0,
              null,
              -1,
              nowNanos);
      peer.ask(request);
      return request;
    }
    waiting.remove(state);
    ask(
        peer,
        state,
        new ProofRequest(core.fork(), new ProofRequest.Block(state.index, 0), null, null, upgrade),
        wantsManifest,
        -1,
        nowNanos);
    return state.requests.getLast();
  }

  private @Nullable BlockState blockBeyond(CorePeer peer) {
    long end = peer.remote().length();
    int steps = 0;
    for (BlockState state : waiting) {
      if (state.index >= core.length() && state.index < end && peer.hasGood(state.index)) {
        return state;
      }
      if (++steps == MAX_WAITING_STEPS) {
        break;
      }
    }
    long last = end - 1;
    if (!hasLiveDownload()
        || !peer.hasGood(last)
        || isOnItsWay(last)
        || core.bitfield().get(last)
        || !isInLiveDownload(last)) {
      return null;
    }
    BlockState state = new BlockState(last);
    blocks.put(last, state);
    return state;
  }

  private boolean isInLiveDownload(long index) {
    for (Download download : downloads) {
      if (download.to() == Download.LIVE && index >= download.from()) {
        return true;
      }
    }
    return false;
  }

  private static int priority(BlockState state) {
    int priority = 0;
    if (state.waits != null) {
      for (BlockWait wait : state.waits) {
        priority = Math.max(priority, wait.priority());
      }
    }
    return priority;
  }

  // ---------------------------------------------------------------------------------------------
  // Wants

  private void wantRange(CorePeer peer, Download download) {
    long batchBlocks = replication.config().wantBlocks();
    long end = download.end(Math.min(core.length(), peer.remote().length()));
    long index = core.bitfield().firstUnset(Math.max(download.firstMissing, peer.have.prefix()));
    for (int i = 0; i < MAX_RANGE_WANTS && index < end; i++) {
      long batch = index / batchBlocks;
      want(peer, batch);
      index = core.bitfield().firstUnset((batch + 1) * batchBlocks);
    }
  }

  /** Asks a peer to tell whether it has a block. */
  void wantBlock(CorePeer peer, long index) {
    if (!peer.have.has(index)) {
      want(peer, index / replication.config().wantBlocks());
    }
  }

  private void want(CorePeer peer, long batch) {
    LocalWants wants = peer.wants();
    if (wants.contains(batch)) {
      return;
    }
    long blocksOfBatch = replication.config().wantBlocks();
    if (wants.isFull()) {
      long useless =
          wants.removeUseless(each ->
              core.bitfield().firstUnset(each * blocksOfBatch)
                  >= Math.min(core.length(), (each + 1) * blocksOfBatch));
      if (useless < 0) {
        return;
      }
      peer.send(new Unwant(useless * blocksOfBatch, blocksOfBatch, false));
    }
    wants.add(batch);
    peer.send(new Want(batch * blocksOfBatch, blocksOfBatch, false));
  }

  // ---------------------------------------------------------------------------------------------
  // What became of it

  /** A block is stored now: whoever waits gets it, whoever else was asked is told. */
  void stored(long index, @Nullable Slice value) {
    BlockState state = blocks.get(index);
    if (state != null) {
      waiting.remove(state);
      for (int i = state.requests.size() - 1; i >= 0; i--) {
        PeerRequest request = state.requests.get(i);
        request.peer.asked.remove(state);
        replication.cancel(request);
      }
      forget(state);
      if (state.waits != null && !state.waits.isEmpty()) {
        deliver(state, value);
      }
    }
    for (int i = downloads.size() - 1; i >= 0; i--) {
      Download download = downloads.get(i);
      if (download.firstMissing == index) {
        advance(download);
      }
    }
  }

  private void deliver(BlockState state, @Nullable Slice value) {
    Slice block = value == null ? core.block(state.index) : value.copy();
    List<BlockWait> waits = state.waits;
    state.waits = null;
    if (waits == null) {
      return;
    }
    for (BlockWait wait : waits) {
      if (block != null) {
        wait.listener().block(state.index, block);
      } else {
        add(wait);
      }
    }
  }

  /** The block of an answered request, whose request is off its list already, came. */
  void answered(PeerRequest request) {
    BlockState state = request.block;
    if (state != null && state.requests.isEmpty()) {
      unlink(state);
    }
  }

  /** Local blocks were added: somebody may wait for them. */
  void appended(long from, long to) {
    if (blocks.isEmpty()) {
      return;
    }
    List<BlockState> found = new ArrayList<>();
    blocks.forEach(state -> {
      if (state.index >= from && state.index < to && core.has(state.index)) {
        found.add(state);
      }
    });
    for (BlockState state : found) {
      stored(state.index, null);
    }
    for (Download download : List.copyOf(downloads)) {
      advance(download);
    }
  }

  /** The request will not be answered: the block is asked for again. */
  void lost(PeerRequest request) {
    BlockState state = request.block;
    if (state == null || !state.requests.remove(request)) {
      return;
    }
    replication.replicator().stats().requestsLost++;
    request.peer.asked.remove(state);
    if (!state.requests.isEmpty()) {
      return;
    }
    unlink(state);
    if (state.isWaitedFor()) {
      waiting.add(state);
    } else {
      blocks.remove(state.index);
    }
    for (Download download : downloads) {
      download.cursor = Math.min(download.cursor, Math.max(state.index, download.from()));
    }
    changed();
  }

  /** The core is longer. */
  void grown() {
    changed();
  }

  /** Blocks are not stored any more; those of another fork are not even asked for any more. */
  void removed(long from, boolean isOtherFork) {
    for (Download download : downloads) {
      download.firstMissing = Math.min(download.firstMissing, Math.max(from, download.from()));
      download.cursor = Math.min(download.cursor, download.firstMissing);
    }
    if (isOtherFork) {
      while (oldest != null) {
        BlockState state = oldest;
        for (PeerRequest request : state.requests) {
          request.peer.asked.remove(state);
        }
        state.requests.clear();
        unlink(state);
        if (state.isWaitedFor()) {
          waiting.add(state);
        } else {
          blocks.remove(state.index);
        }
      }
    }
    changed();
  }

  /** Nothing will come any more. */
  void fail(GetListener.Failure failure) {
    List<BlockWait> waits = new ArrayList<>();
    blocks.forEach(state -> {
      if (state.waits != null) {
        waits.addAll(state.waits);
      }
    });
    List<Download> ranges = new ArrayList<>(downloads);
    blocks.clear();
    waiting.clear();
    downloads.clear();
    oldest = null;
    newest = null;
    for (BlockWait wait : waits) {
      wait.listener().failed(wait.index(), failure);
    }
    for (Download download : ranges) {
      finish(download);
      if (download.listener != null) {
        download.listener.failed(failure);
      }
    }
  }

  private void advance(Download download) {
    download.firstMissing = core.bitfield().firstUnset(download.firstMissing);
    if (download.to() != Download.LIVE && download.firstMissing >= download.to()) {
      if (downloads.remove(download)) {
        finish(download);
        if (download.listener != null) {
          download.listener.completed();
        }
      }
    }
  }

  private void advanceCursor(Download download) {
    long index = Math.max(download.cursor, download.firstMissing);
    while (true) {
      index = core.bitfield().firstUnset(index);
      if (!isOnItsWay(index)) {
        break;
      }
      index++;
    }
    download.cursor = index;
  }

  private void forget(BlockState state) {
    if (!state.requests.isEmpty()) {
      unlink(state);
      state.requests.clear();
    }
    blocks.remove(state.index);
  }

  private void link(BlockState state) {
    state.previous = newest;
    state.next = null;
    if (newest == null) {
      oldest = state;
    } else {
      newest.next = state;
    }
    newest = state;
  }

  private void unlink(BlockState state) {
    if (state.previous == null) {
      oldest = state.next;
    } else {
      state.previous.next = state.next;
    }
    if (state.next == null) {
      newest = state.previous;
    } else {
      state.next.previous = state.previous;
    }
    state.previous = null;
    state.next = null;
  }

  /** Where it stands. */
  String describe() {
    StringBuilder text = new StringBuilder(" length " + core.length() + " version " + version);
    for (Download download : downloads) {
      text.append(
          " missing "
              + download.firstMissing
              + " cursor "
              + download.cursor
              + " of "
              + download.to());
    }
    blocks.forEach(state ->
        text.append(
            " block "
                + state.index
                + " asked "
                + state.requests.size()
                + " waited "
                + state.isWaitedFor()
                + " waiting "
                + waiting.contains(state)));
    return text.toString();
  }
}
