package org.peerstead.hypercore.replication;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.core.Bitfield;
import org.peerstead.hypercore.core.Core;
import org.peerstead.hypercore.core.CoreListener;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * One core with all its peers. Handed out by {@link Replicator#replicate}; owner's thread only.
 *
 * <p>It follows the core by itself: what becomes visible in the core, by {@link Core#publish} or
 * from a peer, is announced to the others when the present input is done.
 */
public final class CoreReplication {
  /** More runs of new blocks than this are announced as one, which is allowed to say too little. */
  private static final int MAX_RUNS = 1_024;

  /** A run of blocks. */
  private static final class Run {
    final long from;
    long to;

    Run(long from, long to) {
      this.from = from;
      this.to = to;
    }
  }

  private final Replicator replicator;
  private final Core core;
  private final CoreListener coreListener = new Changes();
  private final RequestTable requests = new RequestTable();
  private final Answers answers;
  private final Downloader downloader;
  private final UpgradeFlow upgrade;
  private final ReorgFlow reorg;
  private final SeekFlow seeks;

  /** Peers whose channel is open on both sides. */
  private final List<CorePeer> peers = new ArrayList<>(0);

  /** Peers whose channel is open on our side only. */
  private int openingPeers;

  private final List<Run> added = new ArrayList<>(0);
  private final List<Run> dropped = new ArrayList<>(0);
  private @Nullable Map<String, CoreExtension> extensions;
  private boolean isSyncDue;
  private boolean isInterested;
  private boolean isPushAllowed;
  private boolean saidDownloading;
  private long lingerUntilNanos = Long.MIN_VALUE;
  private boolean isLingering;
  private boolean isStopped;

  /** Whether a peer's open brought it here and nobody else holds it. */
  boolean isPassive;

  /** Waits for its turn in the replicator. */
  boolean isDirty;

  /** When the replicator is to look at it, as last told. */
  long deadlineNanos = Long.MAX_VALUE;

  /** For an order of cores with the same deadline. */
  final long serial;

  CoreReplication(Replicator replicator, Core core, boolean isPassive, long serial) {
    this.replicator = replicator;
    this.core = core;
    this.isPassive = isPassive;
    this.isInterested = !isPassive;
    this.saidDownloading = isInterested;
    this.serial = serial;
    this.answers = new Answers(this);
    this.downloader = new Downloader(this);
    this.upgrade = new UpgradeFlow(this);
    this.reorg = new ReorgFlow(this);
    this.seeks = new SeekFlow(this);
    core.listen(coreListener);
  }

  // ---------------------------------------------------------------------------------------------
  // For the owner

  /** The core. */
  public Core core() {
    return core;
  }

  /** Peers that proved to know the core, in the order of their coming. */
  public List<PeerConnection> connections() {
    List<PeerConnection> all = new ArrayList<>(peers.size());
    for (CorePeer peer : peers) {
      all.add(peer.connection());
    }
    return all;
  }

  /** How many peers have the core open. */
  public int peerCount() {
    return peers.size();
  }

  /** Blocks that the longest peer has beyond our own, by what it said last; 0 or more. */
  public long lagBlocks() {
    long longest = core.length();
    for (CorePeer peer : peers) {
      if (peer.isSameFork()) {
        longest = Math.max(longest, peer.remote().length());
      }
    }
    long stored = core.bitfield().count(0, core.length());
    return Math.max(0, longest - stored);
  }

  /**
   * Fetches a range of blocks.
   *
   * @param from first block
   * @param to behind the last block, or {@link Download#LIVE}
   * @param listener is told about the end, perhaps before this returns; or null
   */
  public Download download(
      long from,
      long to,
      Download.Order order,
      Download.@Nullable Listener listener,
      long nowNanos) {
    if (from < 0 || (to != Download.LIVE && to < from)) {
      throw new IllegalArgumentException("no range: " + from + " to " + to);
    }
    Download download = new Download(this, from, to, order, listener);
    replicator.enter(nowNanos);
    if (isStopped || core.isFrozen()) {
      download.isDone = true;
      if (listener != null) {
        listener.failed(failure());
      }
    } else {
      downloader.add(download);
    }
    replicator.leave();
    return download;
  }

  void cancel(Download download, long nowNanos) {
    replicator.enter(nowNanos);
    downloader.cancel(download);
    replicator.leave();
  }

  /**
   * Brings one block, from here or from a peer; waits for as long as it takes.
   *
   * @param priority 1 for somebody who waits, 2 for somebody in a hurry
   * @param listener called before this returns when the block is stored
   */
  public Ticket get(long index, int priority, GetListener listener, long nowNanos) {
    if (index < 0 || priority < 0 || priority > 2) {
      throw new IllegalArgumentException("block " + index + " with priority " + priority);
    }
    BlockWait wait = new BlockWait(this, index, priority, listener);
    Slice stored = core.block(index);
    if (stored != null) {
      listener.block(index, stored);
      return wait;
    }
    replicator.enter(nowNanos);
    if (isStopped || core.isFrozen()) {
      listener.failed(index, failure());
    } else {
      downloader.add(wait);
    }
    replicator.leave();
    return wait;
  }

  void cancel(BlockWait wait, long nowNanos) {
    replicator.enter(nowNanos);
    downloader.cancel(wait);
    replicator.leave();
  }

  /**
   * Finds the block at a byte offset, with the help of peers; waits for as long as it takes.
   *
   * @param bytes offset from the beginning of the core, padding not counted
   * @param padding bytes at the head of each block that do not count: 8 when it is encrypted
   * @param listener called before this returns when all nodes are stored
   */
  public Ticket seek(long bytes, int padding, SeekListener listener, long nowNanos) {
    if (bytes < 0 || padding < 0) {
      throw new IllegalArgumentException("offset " + bytes + " with padding " + padding);
    }
    replicator.enter(nowNanos);
    Ticket ticket = nanos -> {};
    if (isStopped || core.isFrozen()) {
      listener.failed(failure());
    } else {
      ticket = seeks.add(bytes, padding, listener);
    }
    replicator.leave();
    return ticket;
  }

  /** Waits until no connected peer is ahead. */
  public Ticket update(UpdateListener listener, long nowNanos) {
    replicator.enter(nowNanos);
    Ticket ticket = upgrade.await(listener);
    changed();
    replicator.leave();
    return ticket;
  }

  /**
   * Whether somebody here is interested in the core. Without interest of either side the channel is
   * closed. Losing interest takes effect some time later, by chance between two limits.
   */
  public void setDownloading(boolean downloading, long nowNanos) {
    if (isStopped) {
      return;
    }
    replicator.enter(nowNanos);
    if (isInterested && !downloading) {
      ReplicationConfig config = config();
      long spread = config.lingerMaxNanos() - config.lingerMinNanos();
      isLingering = true;
      lingerUntilNanos =
          nowNanos
              + config.lingerMinNanos()
              + (spread == 0 ? 0 : replicator.random().nextLong(spread));
    } else if (downloading) {
      isLingering = false;
    }
    isInterested = downloading;
    changed();
    if (downloading) {
      for (PeerConnection connection : replicator.connections()) {
        open(connection);
      }
    }
    replicator.leave();
  }

  /** Whether peers may send blocks that were not asked for; they are told. */
  public void setPushAllowed(boolean allowed, long nowNanos) {
    replicator.enter(nowNanos);
    if (isPushAllowed != allowed) {
      isPushAllowed = allowed;
      isSyncDue = true;
      changed();
    }
    replicator.leave();
  }

  /** Sends a block to all peers that allow it and are not known to have it. */
  public void push(long index, long nowNanos) {
    replicator.enter(nowNanos);
    for (CorePeer peer : peers) {
      peer.uploader().push(index);
    }
    replicator.leave();
  }

  /**
   * Messages of an application between the peers of this core.
   *
   * @throws IllegalStateException when the name is in use
   */
  public CoreExtension extension(String name, CoreExtension.Listener listener) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("an extension needs a name");
    }
    if (extensions == null) {
      extensions = new LinkedHashMap<>();
    }
    CoreExtension extension = new CoreExtension(this, name, listener);
    if (extensions.putIfAbsent(name, extension) != null) {
      throw new IllegalStateException("extension " + name + " is in use");
    }
    return extension;
  }

  void remove(CoreExtension extension) {
    if (extensions != null) {
      extensions.remove(extension.name(), extension);
    }
  }

  // ---------------------------------------------------------------------------------------------
  // For the machine

  Replicator replicator() {
    return replicator;
  }

  ReplicationConfig config() {
    return replicator.config();
  }

  RequestTable requests() {
    return requests;
  }

  Answers answers() {
    return answers;
  }

  Downloader downloader() {
    return downloader;
  }

  ReorgFlow reorg() {
    return reorg;
  }

  List<CorePeer> peers() {
    return peers;
  }

  boolean hasOpeningPeers() {
    return openingPeers > 0;
  }

  boolean isInterested() {
    return isInterested && !isStopped;
  }

  /** What peers are told: whether we are or shortly were interested, or wait for answers. */
  boolean isDownloading() {
    return !isStopped && (isInterested || isLingering || requests.active() > 0);
  }

  boolean isPushAllowed() {
    return isPushAllowed && isInterested;
  }

  private GetListener.Failure failure() {
    return core.isFrozen() ? GetListener.Failure.FROZEN : GetListener.Failure.STOPPED;
  }

  /** Will be looked at when the present input is done. */
  void changed() {
    replicator.changed(this);
  }

  /** All peers will be asked for what there is to be asked. */
  void askAll() {
    for (int i = 0; i < peers.size(); i++) {
      peers.get(i).askLater();
    }
    changed();
  }

  /** Opens the channel on a connection, when it is not open there. */
  void open(PeerConnection connection) {
    Fixed32 discoveryKey = core.discoveryKey();
    if (isStopped
        || core.isFrozen()
        || connection.isClosed()
        || connection.corePeers.containsKey(discoveryKey)
        || !connection.hasRoomForChannel()) {
      return;
    }
    CorePeer peer = new CorePeer(connection, this);
    connection.corePeers.put(discoveryKey, peer);
    openingPeers++;
    connection.openChannel(
        Replicator.channelName(discoveryKey),
        Replicator.ALIASES,
        Capabilities.ours(connection.session(), core.key()),
        peer);
  }

  void peerOpened(CorePeer peer) {
    openingPeers--;
    peers.add(peer);
    replicator.listener().peerAdded(core, peer.connection());
    changed();
  }

  void peerSynced(CorePeer peer) {
    changed();
  }

  void peerClosed(CorePeer peer, boolean wasOpened, long nowNanos) {
    peer.connection().corePeers.remove(core.discoveryKey(), peer);
    if (!wasOpened) {
      openingPeers--;
      changed();
      return;
    }
    peers.remove(peer);
    answers.dropParked(peer);
    for (PeerRequest request : requests.of(peer)) {
      boolean wasCancelled = request.isCancelled;
      peer.answered(request);
      if (!wasCancelled) {
        lost(request, false);
      }
    }
    replicator.listener().peerRemoved(core, peer.connection());
    changed();
  }

  /** An answer was of use. */
  void answered(PeerRequest request) {
    if (request.block != null && request.block.requests.remove(request)) {
      request.peer.asked.remove(request.block);
      downloader.answered(request);
    }
    upgrade.done(request, false);
    seeks.done(request, false);
    changed();
  }

  /**
   * A request was refused, or its peer is gone.
   *
   * @param isRefused whether the same need not be asked of that peer again soon
   */
  void lost(PeerRequest request, boolean isRefused) {
    downloader.lost(request);
    upgrade.done(request, isRefused);
    reorg.done(request, isRefused);
    seeks.done(request, isRefused);
    changed();
  }

  /** The block of a request is not needed any more, from this peer at least. */
  void cancel(PeerRequest request) {
    request.peer.cancel(request);
    upgrade.done(request, false);
    changed();
  }

  /** A request takes too long: it is cancelled. */
  void giveUp(PeerRequest request) {
    request.peer.cancel(request);
    downloader.lost(request);
  }

  void extensionReceived(CorePeer peer, String name, Slice payload, long nowNanos) {
    CoreExtension extension = extensions == null ? null : extensions.get(name);
    if (extension != null) {
      extension.listener.message(peer.connection(), payload, nowNanos);
    }
  }

  /** Does what has become due. */
  void settle(long nowNanos) {
    if (isStopped) {
      return;
    }
    if (isLingering && nowNanos >= lingerUntilNanos) {
      isLingering = false;
    }
    boolean isDownloading = isDownloading();
    if (isDownloading != saidDownloading) {
      saidDownloading = isDownloading;
      isSyncDue = true;
    }
    announce();
    if (!isDownloading) {
      for (CorePeer peer : List.copyOf(peers)) {
        peer.closeIfIdle();
      }
    }
    reorg.run(nowNanos);
    upgrade.run(nowNanos);
    seeks.run(nowNanos);
    if (nowNanos >= downloader.resumeNanos()) {
      downloader.resume();
    }
    if (nowNanos >= downloader.hotswapNanos()) {
      downloader.checkHotswap(nowNanos);
    }
    upgrade.settleWaiters();
    if (isPassive && peers.isEmpty() && openingPeers == 0) {
      replicator.release(this);
    }
  }

  /** When it is to be settled although nothing happens, or {@link Long#MAX_VALUE}. */
  long nextDeadlineNanos(long nowNanos) {
    long deadline = isLingering ? lingerUntilNanos : Long.MAX_VALUE;
    deadline = Math.min(deadline, downloader.hotswapNanos());
    deadline = Math.min(deadline, downloader.resumeNanos());
    deadline = Math.min(deadline, reorg.lateNanos(nowNanos));
    deadline = Math.min(deadline, seeks.lateNanos(nowNanos));
    return Math.min(deadline, upgrade.lateNanos(nowNanos));
  }

  private void announce() {
    for (Run run : dropped) {
      for (CorePeer peer : peers) {
        peer.announceDrop(run.from, run.to);
      }
    }
    dropped.clear();
    for (Run run : added) {
      for (CorePeer peer : peers) {
        peer.announce(run.from, run.to);
      }
    }
    boolean haveBlocksCome = !added.isEmpty();
    added.clear();
    if (isSyncDue) {
      isSyncDue = false;
      for (CorePeer peer : peers) {
        peer.sendSync();
      }
    } else if (haveBlocksCome) {
      for (CorePeer peer : peers) {
        peer.blocksCame();
      }
    }
  }

  private void addRun(List<Run> runs, long from, long to) {
    if (!runs.isEmpty()) {
      Run last = runs.getLast();
      if (last.to == from) {
        last.to = to;
        return;
      }
      if (runs.size() >= MAX_RUNS) {
        return;
      }
    }
    runs.add(new Run(from, to));
  }

  /** Closes all channels and fails whatever waits. */
  void stop(GetListener.Failure failure, long nowNanos) {
    if (isStopped) {
      return;
    }
    isStopped = true;
    core.unlisten(coreListener);
    closeAll(failure, nowNanos);
  }

  private void closeAll(GetListener.Failure failure, long nowNanos) {
    for (PeerConnection connection : replicator.connections()) {
      CorePeer peer = connection.corePeers.get(core.discoveryKey());
      if (peer != null && peer.replication() == this) {
        peer.close(nowNanos);
      }
    }
    downloader.fail(failure);
    seeks.fail(failure);
    reorg.stop();
    upgrade.stop();
    added.clear();
    dropped.clear();
  }

  boolean isStopped() {
    return isStopped;
  }

  /** Where it stands, for whoever looks for why it does not go on. */
  String describe() {
    StringBuilder text = new StringBuilder(downloader.describe());
    for (CorePeer peer : peers) {
      text.append("\n").append(peer.describe());
    }
    return text.toString();
  }

  /** What happens to the core. */
  private final class Changes implements CoreListener {
    @Override
    public void appended(Core changed, long from, long to) {
      isSyncDue = true;
      Bitfield stored = core.bitfield();
      long start = stored.firstSet(from);
      for (int runs = 0; start != Bitfield.NONE && start < to && runs < MAX_RUNS; runs++) {
        long end = Math.min(to, stored.firstUnset(start));
        addRun(added, start, end);
        start = stored.firstSet(end);
      }
      downloader.grown();
      // Local blocks may be waited for.
      downloader.appended(from, to);
      seeks.grown();
      changed();
    }

    @Override
    public void truncated(Core changed, long length, long oldLength) {
      isSyncDue = true;
      added.clear();
      if (oldLength > length) {
        addRun(dropped, length, oldLength);
      }
      downloader.removed(length, true);
      seeks.grown();
      changed();
    }

    @Override
    public void blockStored(Core changed, long index, int sizeBytes) {
      addRun(added, index, index + 1);
      changed();
    }

    @Override
    public void blocksCleared(Core changed, long from, long to) {
      addRun(dropped, from, Math.min(to, Math.max(from, core.length())));
      downloader.removed(from, false);
      changed();
    }

    @Override
    public void manifestLearnt(Core changed) {
      isSyncDue = true;
      changed();
    }

    @Override
    public void frozen(Core changed) {
      replicator.enter();
      for (CorePeer peer : peers) {
        peer.uploader().sendComparison();
      }
      closeAll(GetListener.Failure.FROZEN, replicator.nowNanos());
      replicator.leave();
    }

    private void changed() {
      // Local changes come without an input of the replicator around them.
      replicator.enter();
      CoreReplication.this.changed();
      replicator.leave();
    }
  }
}
