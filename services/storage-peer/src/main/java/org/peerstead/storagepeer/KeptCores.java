package org.peerstead.storagepeer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.CoreException;
import org.peerstead.hypercore.CoreInfo;
import org.peerstead.hypercore.Download;
import org.peerstead.hypercore.DownloadOrder;
import org.peerstead.hypercore.Hypercore;
import org.peerstead.hypercore.Hypercores;
import org.peerstead.hypercore.OpenOptions;
import org.peerstead.hypercore.net.Peering;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.storagepeer.follow.FollowBook;
import org.peerstead.storagepeer.follow.FollowedCore;
import org.peerstead.storagepeer.follow.Refusal;

/**
 * Does what the {@link FollowBook} says: holds the followed logs open, downloads what is wanted of
 * them, gives blocks up, and stays connected to the peers that have them.
 *
 * <p>Confined to one thread, which may wait for the engine; {@link #lag} may be read by all.
 */
final class KeptCores {
  private static final Logger LOG = Logger.getLogger(KeptCores.class);

  /** Logs looked at again in each sweep although nothing happened to them. */
  private static final int LOOKED_AT_PER_SWEEP = 64;

  /** Behind the last block, and live. */
  private static final long TO_THE_END = -1;

  /**
   * What is not here yet.
   *
   * @param blocks known blocks that are wanted and missing, over all logs
   * @param cores logs that miss blocks
   * @param paused logs that take no blocks because of a limit
   */
  record Lag(long blocks, long cores, long paused) {
    static final Lag NONE = new Lag(0, 0, 0);
  }

  /** A followed log that is open. */
  private static final class Kept {
    final Hypercore session;
    @Nullable Download download;
    @Nullable Refusal refusal;
    long missing;
    @Nullable PeerAddress source;

    Kept(Hypercore session) {
      this.session = session;
    }
  }

  private static final class Dialled {
    final Peering peering;
    int users;

    Dialled(Peering peering) {
      this.peering = peering;
    }
  }

  private final Hypercores engine;
  private final FollowBook book;
  private final StoragePeerSettings settings;
  private final StoragePeerMetrics metrics;
  private final LongSupplier clockMillis;
  private final Map<Fixed32, Kept> kept = new HashMap<>();
  private final ArrayDeque<Fixed32> round = new ArrayDeque<>();
  private final Map<PeerAddress, Dialled> dialled = new HashMap<>();
  private volatile Lag lag = Lag.NONE;

  KeptCores(
      Hypercores engine,
      FollowBook book,
      StoragePeerSettings settings,
      StoragePeerMetrics metrics,
      LongSupplier clockMillis) {
    this.engine = engine;
    this.book = book;
    this.settings = settings;
    this.metrics = metrics;
    this.clockMillis = clockMillis;
  }

  /** What is missing now. */
  Lag lag() {
    return lag;
  }

  /** Opens a followed log and asks for what is wanted of it. */
  void begin(FollowedCore core, boolean isDiskFull) {
    if (core.origin() == FollowedCore.Origin.OWN || kept.containsKey(core.key())) {
      return;
    }
    var opened = new Kept(await(engine.open(core.key())));
    kept.put(core.key(), opened);
    round.add(core.key());
    dial(opened, core);
    steer(core, opened, isDiskFull);
  }

  /** Takes changed wishes into account: what is wanted again, and from whom. */
  void renew(FollowedCore core, boolean isDiskFull) {
    Kept known = kept.get(core.key());
    if (known == null) {
      begin(core, isDiskFull);
      return;
    }
    dial(known, core);
    stopDownload(known);
    steer(core, known, isDiskFull);
  }

  /** Closes a followed log; its blocks stay. */
  void end(Fixed32 key) {
    Kept known = kept.remove(key);
    if (known != null) {
      round.remove(key);
      stopDownload(known);
      undial(known);
      known.session.close();
    }
  }

  private void dial(Kept core, FollowedCore wish) {
    PeerAddress source =
        wish.source() == null ? null : PeerAddress.parse(wish.source()).orElse(null);
    if (source != null && !source.equals(core.source)) {
      undial(core);
      core.source = source;
      dial(source);
    }
  }

  /** Stays connected to a peer. */
  void dial(PeerAddress address) {
    dialled.computeIfAbsent(address, peer -> new Dialled(engine.dial(peer.resolve(), peer.key())))
        .users++;
  }

  private void undial(Kept core) {
    PeerAddress source = core.source;
    core.source = null;
    Dialled known = source == null ? null : dialled.get(source);
    if (known != null && --known.users == 0) {
      dialled.remove(source);
      known.peering.close();
    }
  }

  /** Starts or stops the download as the limits allow. */
  private void steer(FollowedCore core, Kept known, boolean isDiskFull) {
    Optional<Refusal> refusal =
        isDiskFull ? Optional.of(Refusal.DISK_FULL) : book.refusalToGrow(core);
    if (refusal.isPresent()) {
      if (known.refusal == null) {
        metrics.refused(refusal.get());
        LOG.warnf("Core %s takes no more blocks: %s", core.key(), refusal.get().sentence());
      }
      known.refusal = refusal.get();
      stopDownload(known);
    } else if (known.download == null) {
      known.refusal = null;
      known.download = known.session.download(core.wantedFrom(), TO_THE_END, DownloadOrder.LINEAR);
    }
  }

  private static void stopDownload(Kept known) {
    Download download = known.download;
    if (download != null) {
      known.download = null;
      download.close();
    }
  }

  /** Why a log takes no blocks; empty when it does. */
  Optional<Refusal> refusal(Fixed32 key) {
    Kept known = kept.get(key);
    return known == null ? Optional.empty() : Optional.ofNullable(known.refusal);
  }

  /**
   * Counts again what is stored of these logs, and of a few others.
   *
   * @param changed logs that something happened to
   */
  void recount(Set<Fixed32> changed) {
    for (Fixed32 key : changed) {
      recount(key);
    }
    for (int i = Math.min(LOOKED_AT_PER_SWEEP, round.size()); i > 0; i--) {
      Fixed32 key = round.removeFirst();
      round.addLast(key);
      if (!changed.contains(key)) {
        recount(key);
      }
    }
    long blocks = 0;
    long cores = 0;
    long paused = 0;
    for (Kept known : kept.values()) {
      blocks += known.missing;
      cores += known.missing > 0 ? 1 : 0;
      paused += known.refusal == null ? 0 : 1;
    }
    lag = new Lag(blocks, cores, paused);
  }

  private void recount(Fixed32 key) {
    Optional<CoreInfo> info = info(key);
    info.ifPresent(now -> {
      Optional<FollowedCore> after =
          book.update(key, core -> core.withStoredBytes(now.storedBytes()));
      Kept known = kept.get(key);
      if (known != null && after.isPresent()) {
        known.missing = missing(now, after.get());
      }
    });
  }

  /** Blocks that are known, wanted and not here. */
  static long missing(CoreInfo info, FollowedCore core) {
    long absent = Math.max(info.lagBlocks(), info.length() - info.storedBlocks());
    return Math.max(0, absent - core.wantedFrom());
  }

  /** The state of a log; empty when the store does not have it. */
  Optional<CoreInfo> info(Fixed32 key) {
    Kept known = kept.get(key);
    if (known != null) {
      return Optional.of(await(known.session.info()));
    }
    try (Hypercore session = await(engine.openStored(key, OpenOptions.DEFAULT))) {
      return Optional.of(await(session.info()));
    } catch (CoreException e) {
      if (e.reason() == CoreException.Reason.UNKNOWN_CORE) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Starts and stops downloads as the limits allow now. */
  void steer(boolean isDiskFull) {
    for (Map.Entry<Fixed32, Kept> entry : kept.entrySet()) {
      book.find(entry.getKey()).ifPresent(core -> steer(core, entry.getValue(), isDiskFull));
    }
  }

  /** Gives up all blocks of logs until the limits are kept; answers which. */
  List<FollowedCore> evict() {
    var evicted = new ArrayList<FollowedCore>();
    for (FollowedCore core : book.toEvict()) {
      evicted.add(evict(core));
    }
    return evicted;
  }

  private FollowedCore evict(FollowedCore core) {
    Kept known = kept.get(core.key());
    if (known == null) {
      begin(core, false);
      known = kept.get(core.key());
    }
    if (known == null) {
      return core;
    }
    stopDownload(known);
    CoreInfo before = await(known.session.info());
    await(known.session.clear(0, before.length()));
    CoreInfo after = await(known.session.info());
    FollowedCore emptied =
        book.update(
                core.key(),
                now ->
                    now.withEviction(
                            before.length(),
                            before.storedBlocks() - after.storedBlocks(),
                            before.storedBytes() - after.storedBytes())
                        .withStoredBytes(after.storedBytes()))
            .orElse(core);
    metrics.evicted(before.storedBytes() - after.storedBytes());
    LOG.infof(
        "Gave up %d bytes of core %s (priority %d, for %s)",
        before.storedBytes() - after.storedBytes(), core.key(), core.priority(), core.owner());
    return emptied;
  }

  /** The logs that were without activity for too long. */
  List<FollowedCore> expired() {
    return book.expired(clockMillis.getAsLong());
  }

  private <T> T await(CompletableFuture<T> answer) {
    return Answers.await(answer, settings.requestTimeout());
  }

  /** Closes everything that is open. */
  void close() {
    for (Fixed32 key : List.copyOf(kept.keySet())) {
      end(key);
    }
    dialled.values().forEach(known -> known.peering.close());
    dialled.clear();
  }
}
