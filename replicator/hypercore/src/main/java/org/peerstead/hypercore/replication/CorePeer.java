package org.peerstead.hypercore.replication;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.core.Core;
import org.peerstead.hypercore.merkle.FlatTree;
import org.peerstead.hypercore.wire.HypercoreCodec;
import org.peerstead.hypercore.wire.HypercoreMessage;
import org.peerstead.hypercore.wire.HypercoreMessage.Bitfield;
import org.peerstead.hypercore.wire.HypercoreMessage.Cancel;
import org.peerstead.hypercore.wire.HypercoreMessage.Data;
import org.peerstead.hypercore.wire.HypercoreMessage.Extension;
import org.peerstead.hypercore.wire.HypercoreMessage.NoData;
import org.peerstead.hypercore.wire.HypercoreMessage.Range;
import org.peerstead.hypercore.wire.HypercoreMessage.Request;
import org.peerstead.hypercore.wire.HypercoreMessage.Sync;
import org.peerstead.hypercore.wire.HypercoreMessage.Unwant;
import org.peerstead.hypercore.wire.HypercoreMessage.Want;
import org.peerstead.hypercore.wire.MalformedMessageException;
import org.peerstead.securestream.encoding.Slice;

/**
 * One peer of one core: a channel, what the other side said about itself, and what it was told.
 *
 * <pre>
 * from      to        when
 * opening   open      the other side's open came and its capability is right
 * open      paused    an answer of it did not verify, or it refused too often
 * paused    open      a comparison shows that its head is the same as ours
 * any       closed    either side closes, or the connection is gone
 * </pre>
 */
final class CorePeer extends ChannelEnd {
  /** Blocks at the end of a core that are announced to everybody. */
  private static final long LAST_BLOCKS = 256;

  private static final Sync NOTHING_KNOWN = new Sync(0, 0, 0, false, true, true, false, false);

  private final CoreReplication replication;
  private final Uploader uploader;

  /** What the other side says it has. */
  final RemoteBitfield have;

  private Sync remote = NOTHING_KNOWN;
  private boolean isOpened;
  private boolean isSynced;
  private boolean isPaused;
  private boolean isComparing;

  /** Whether our last sync said that we can prove our head to it. */
  private boolean canUpgrade;

  private long lastUpgradableLength;
  private long lastUpgradableFork;

  /** Length that a range from 0 has told it. */
  private long announcedLength;

  /** Requests of ours in flight, without cancelled ones. */
  int inFlight;

  /** Blocks that it is asked for. */
  final List<BlockState> asked = new ArrayList<>(0);

  private long sentRequests;
  private int refusals;
  private @Nullable ArrayDeque<PeerRequest> cancelled;

  /** Answers that came before those they build on. */
  @Nullable ArrayDeque<ParkedAnswer> parked;

  int parkedBytes;

  /** What the other side's last sync would not prove although it said so: it is not asked again. */
  long refusedLength = -1;

  long refusedFork = -1;

  /** Blocks that it sent wrong: not asked of it again. Few, for it is not given many chances. */
  private @Nullable Set<Long> spoilt;

  private @Nullable LocalWants wants;
  private @Nullable RemoteWants remoteWants;
  private String extensionSent = "";
  private String extensionReceived = "";

  boolean isInAskRing;
  boolean isInServeRing;
  long serveDeficit;

  /** Where a search for a block to ask for has come to; 0 when it is over. */
  long searchFrom;

  /** Where that search began; 0 when all before it is done. */
  long searchOrigin;

  /** State of the core's downloads in which this peer had nothing to be asked for. */
  long exhaustedVersion = -1;

  CorePeer(PeerConnection connection, CoreReplication replication) {
    super(connection);
    this.replication = replication;
    this.have = new RemoteBitfield(connection.bitfieldBudget);
    this.uploader = new Uploader(this);
  }

  CoreReplication replication() {
    return replication;
  }

  Core core() {
    return replication.core();
  }

  Uploader uploader() {
    return uploader;
  }

  boolean isOpened() {
    return isOpened;
  }

  /** Whether it may be asked and told. */
  boolean isActive() {
    return isOpened && !isPaused && !core().isFrozen() && !connection().isClosed();
  }

  boolean isPaused() {
    return isPaused;
  }

  /** Whether it said where it stands. */
  boolean isSynced() {
    return isSynced;
  }

  /** What it said last. */
  Sync remote() {
    return remote;
  }

  boolean isSameFork() {
    return isSynced && remote.fork() == core().fork();
  }

  /** Whether it can be asked for blocks of our fork now. */
  boolean isSource() {
    return isActive() && isSameFork() && remote.isUploading();
  }

  /** Whether it can prove more than we have, and knows where we stand. */
  boolean offersUpgrade() {
    return isSource()
        && remote.canUpgrade()
        && remote.length() > core().length()
        && remote.remoteLength() == core().length()
        && refusedLength != remote.length();
  }

  /** The end of the blocks whose proofs of this peer fit our tree. */
  long provableEnd() {
    if (remote.length() >= core().length()) {
      return core().length();
    }
    if (canUpgrade) {
      return remote.length();
    }
    return lastUpgradableFork == core().fork()
        ? Math.min(lastUpgradableLength, remote.length())
        : 0;
  }

  // ---------------------------------------------------------------------------------------------
  // Channel

  @Override
  void opened(Slice handshake, long nowNanos) {
    if (!Capabilities.isValid(connection().session(), core().key(), handshake)) {
      connection()
          .destroy(
              DisconnectReason.INVALID_CAPABILITY,
              "no proof that the key of " + core().discoveryKey() + " is known");
      return;
    }
    isOpened = true;
    sendSync();
    long contiguous = core().contiguousLength();
    if (contiguous > 0) {
      announce(0, contiguous);
    }
    replication.peerOpened(this);
  }

  @Override
  void closed(boolean isRejected, boolean isRemote, long nowNanos) {
    boolean wasOpened = isOpened;
    isOpened = false;
    // The other side is done with the core for now; when it is asked again it opens what it has
    // stored, or rejects. It may have closed before it heard that we opened at all.
    boolean wantsReopen =
        isRemote
            && wasOpened
            && (!isSynced || remote.isUploading())
            && replication.isInterested()
            && connection().takeReopen();
    uploader.clear();
    have.clear();
    replication.peerClosed(this, wasOpened, nowNanos);
    if (wantsReopen) {
      replication.open(connection());
    }
  }

  @Override
  void message(int type, Slice payload, long nowNanos) {
    HypercoreMessage message;
    try {
      message = HypercoreCodec.decode(type, payload);
    } catch (MalformedMessageException e) {
      connection().destroy(DisconnectReason.MALFORMED, String.valueOf(e.getMessage()));
      return;
    }
    switch (message) {
      case null -> {
        // A message of a newer version.
      }
      case Sync sync -> onSync(sync, nowNanos);
      case Request request -> uploader.request(request);
      case Cancel cancel -> uploader.cancel(cancel.requestId());
      case Data data -> replication.answers().data(this, data, nowNanos);
      case NoData noData -> replication.answers().noData(this, noData, nowNanos);
      case Want want -> onWant(want);
      case Unwant unwant -> {
        if (remoteWants != null) {
          remoteWants.remove(unwant.start(), unwant.length(), unwant.isAny());
        }
      }
      case Bitfield bitfield -> onBitfield(bitfield);
      case Range range -> onRange(range);
      case Extension extension -> onExtension(extension, nowNanos);
    }
  }

  // ---------------------------------------------------------------------------------------------
  // Where both stand

  private void onSync(Sync sync, long nowNanos) {
    remote = sync;
    isSynced = true;
    refusedLength = -1;
    refusedFork = -1;
    if (closeIfIdle()) {
      return;
    }
    updateCanUpgrade();
    // The acknowledgement without which it would not ask.
    if (isSameFork() && core().length() > sync.length()) {
      sendSync();
    }
    exhaustedVersion = -1;
    replication.peerSynced(this);
    askLater();
  }

  /** Closes the channel when neither side is interested. */
  boolean closeIfIdle() {
    if (!isOpened || !isSynced || remote.isDownloading() || replication.isDownloading()) {
      return false;
    }
    boolean wasOpened = isOpened;
    isOpened = false;
    closeChannel();
    uploader.clear();
    have.clear();
    replication.peerClosed(this, wasOpened, replication.replicator().nowNanos());
    return true;
  }

  private void updateCanUpgrade() {
    canUpgrade = canProveUpgrade();
    if (canUpgrade) {
      lastUpgradableLength = remote.length();
      lastUpgradableFork = remote.fork();
    }
  }

  private boolean canProveUpgrade() {
    Core core = core();
    if (remote.fork() != core.fork()) {
      return false;
    }
    if (remote.length() == 0) {
      return true;
    }
    if (remote.length() >= core.length()) {
      return false;
    }
    for (long root : FlatTree.fullRoots(remote.length())) {
      if (core.nodes().node(root) == null) {
        return false;
      }
    }
    return true;
  }

  /** Tells a shorter peer when, with blocks that came, we can prove our head to it at last. */
  void blocksCame() {
    if (isOpened
        && !canUpgrade
        && isSameFork()
        && remote.length() < core().length()
        && canProveUpgrade()) {
      sendSync();
    }
  }

  /** Tells it where we stand. */
  void sendSync() {
    if (!isOpened) {
      return;
    }
    updateCanUpgrade();
    Core core = core();
    send(
        new Sync(
            core.fork(),
            core.length(),
            core.fork() == remote.fork() ? remote.length() : 0,
            canUpgrade,
            true,
            replication.isDownloading(),
            core.manifest() != null && !core.isCompat(),
            replication.isPushAllowed()));
  }

  // ---------------------------------------------------------------------------------------------
  // What either has

  /** Tells it that the blocks with from <= index < to have come, if that is of use to it. */
  void announce(long from, long to) {
    if (!isActive()) {
      return;
    }
    long length = core().length();
    if (core().contiguousLength() == length) {
      if (announcedLength < length) {
        announcedLength = length;
        send(new Range(false, 0, length));
      }
      return;
    }
    if (from + LAST_BLOCKS < length
        && from > 0
        && (remoteWants == null || !remoteWants.wants(from, to))) {
      return;
    }
    if (!have.hasAll(from, to)) {
      send(new Range(false, from, to - from));
    }
  }

  /** Tells it that blocks are gone. */
  void announceDrop(long from, long to) {
    announcedLength = Math.min(announcedLength, from);
    if (isActive()) {
      send(new Range(true, from, to - from));
    }
  }

  private void onRange(Range range) {
    long from = range.start();
    long to = from + range.length();
    if (from > 0) {
      // A range may come before the sync that tells of its blocks.
      to = Math.min(to, Math.max(core().length(), remote.length()) + RemoteWants.MAX_BLOCKS);
    }
    if (range.isDrop()) {
      have.remove(from, to);
    } else {
      have.add(from, to);
      exhaustedVersion = -1;
      askLater();
    }
    connection().checkBitfieldWork();
  }

  private void onBitfield(Bitfield bitfield) {
    if (bitfield.start() % Integer.SIZE != 0) {
      connection().countInvalidRequest("a bitfield at " + bitfield.start());
      return;
    }
    have.insert(bitfield.start(), bitfield.words());
    exhaustedVersion = -1;
    askLater();
    connection().checkBitfieldWork();
  }

  private void onWant(Want want) {
    RemoteWants areas = remoteWants;
    if (areas == null) {
      areas = new RemoteWants();
      remoteWants = areas;
    }
    if (areas.add(want) && isActive()) {
      uploader.want(want);
    }
  }

  /** The batches that it was asked to tell about. */
  LocalWants wants() {
    LocalWants own = wants;
    if (own == null) {
      own = new LocalWants(replication.config().maxWants());
      wants = own;
    }
    return own;
  }

  // ---------------------------------------------------------------------------------------------
  // Our requests

  /** Sends a request. */
  void ask(PeerRequest request) {
    replication.requests().add(request);
    request.sequence = ++sentRequests;
    inFlight++;
    connection().requestsInFlight++;
    replication.replicator().stats().requestsSent++;
    send(new Request(request.id, request.proof, request.wantsManifest, request.priority));
  }

  /** The answer came: the id is free, and those of all that were cancelled before it was sent. */
  void answered(PeerRequest request) {
    replication.requests().remove(request);
    if (request.isCancelled) {
      if (cancelled != null) {
        cancelled.remove(request);
      }
      return;
    }
    countDone();
    while (cancelled != null && !cancelled.isEmpty()) {
      PeerRequest oldest = cancelled.element();
      if (oldest.cancelSequence >= request.sequence) {
        break;
      }
      replication.requests().remove(cancelled.remove());
    }
  }

  /** Gives a request up. */
  void cancel(PeerRequest request) {
    if (request.isCancelled || replication.requests().get(request.id) != request) {
      return;
    }
    replication.requests().cancel(request);
    request.cancelSequence = sentRequests;
    countDone();
    if (isOpened) {
      if (cancelled == null) {
        cancelled = new ArrayDeque<>();
      }
      cancelled.add(request);
      replication.replicator().stats().cancelsSent++;
      send(new Cancel(request.id));
    }
  }

  private void countDone() {
    inFlight--;
    connection().requestsInFlight--;
    askLater();
  }

  /** Whether it says it has a block, and did not send it wrong before. */
  boolean hasGood(long index) {
    return have.has(index) && !isSpoilt(index);
  }

  boolean isSpoilt(long index) {
    return spoilt != null && spoilt.contains(index);
  }

  /** It sent this block wrong. */
  void spoilt(long index) {
    if (spoilt == null) {
      spoilt = new HashSet<>();
    }
    spoilt.add(index);
  }

  /** It will be asked for what there is to be asked, when its turn comes. */
  void askLater() {
    replication.replicator().askLater(this);
  }

  /** It does not have what it was asked for. */
  void refused() {
    if (++refusals >= replication.config().maxRefusals()) {
      isPaused = true;
    }
  }

  /** It answered. */
  void served() {
    refusals = 0;
  }

  // ---------------------------------------------------------------------------------------------
  // Distrust

  /** An answer did not verify: asks for its whole head to compare, and for nothing else. */
  void pauseAndCompare() {
    isPaused = true;
    long length = Math.min(core().length(), remote.length());
    if (length > 0 && isOpened && isSynced) {
      isComparing = true;
      send(new Request(0, Comparison.request(remote.fork(), length), false, 0));
    }
  }

  /** It is asked for nothing more. */
  void pause() {
    isPaused = true;
  }

  boolean isComparing() {
    return isComparing;
  }

  /** Its head is signed and the same as ours. */
  void resume() {
    isComparing = false;
    isPaused = false;
    exhaustedVersion = -1;
    askLater();
  }

  // ---------------------------------------------------------------------------------------------
  // Extensions

  void sendExtension(String name, Slice payload) {
    if (isOpened) {
      send(new Extension(name.equals(extensionSent) ? "" : name, payload));
      extensionSent = name;
    }
  }

  private void onExtension(Extension message, long nowNanos) {
    if (!message.name().isEmpty()) {
      extensionReceived = message.name();
    }
    replication.extensionReceived(this, extensionReceived, message.payload(), nowNanos);
  }

  /** Closes the channel from our side, for good or until it is opened again. */
  void close(long nowNanos) {
    boolean wasOpened = isOpened;
    isOpened = false;
    closeChannel();
    uploader.clear();
    have.clear();
    replication.peerClosed(this, wasOpened, nowNanos);
  }

  void send(HypercoreMessage message) {
    send(message.type(), HypercoreCodec.encode(message));
  }

  @Override
  public String toString() {
    return "CorePeer[" + core().discoveryKey() + ", " + connection().remoteKey() + "]";
  }

  /** Where it stands. */
  String describe() {
    return remote
        + " paused "
        + isPaused
        + " in flight "
        + inFlight
        + " has "
        + have.prefix()
        + " exhausted "
        + exhaustedVersion
        + " ring "
        + isInAskRing;
  }
}
