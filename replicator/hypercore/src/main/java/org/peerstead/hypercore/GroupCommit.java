package org.peerstead.hypercore;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.CoreException.Reason;
import org.peerstead.hypercore.merkle.TreeHead;
import org.peerstead.hypercore.net.Mailbox;
import org.peerstead.hypercore.store.CoreStore;

/**
 * Brings local changes to disk, shows them to peers, and tells their authors, in this order.
 *
 * <pre>
 * committed   the core holds it; waits for the end of the turn and of the sync before
 * syncing     one sync for all that was committed before it began
 * durable     published to peers, then its future completes
 * lost        the sync failed: its future fails, and nothing more is accepted
 * </pre>
 *
 * <p>Owner's thread only.
 */
final class GroupCommit {
  private record Change(
      @Nullable OpenCore core,
      @Nullable TreeHead tip,
      Runnable complete,
      CompletableFuture<?> future) {}

  private static final System.Logger LOG = System.getLogger(GroupCommit.class.getName());

  private final CoreStore store;
  private final Mailbox mailbox;
  private List<Change> waiting = new ArrayList<>();
  private List<Change> syncing = List.of();
  private List<Runnable> retries = new ArrayList<>();
  private boolean isSyncing;
  private @Nullable CoreException failure;
  private volatile long syncs;

  GroupCommit(CoreStore store, Mailbox mailbox) {
    this.store = store;
    this.mailbox = mailbox;
  }

  /** Why nothing is accepted any more, or null. */
  @Nullable CoreException failure() {
    return failure;
  }

  /** Whether everything committed is durable or lost. */
  boolean isIdle() {
    return !isSyncing && waiting.isEmpty();
  }

  /** Syncs so far. */
  long syncs() {
    return syncs;
  }

  /** A core has changed up to this tip. */
  <T> void changed(OpenCore core, TreeHead tip, T result, CompletableFuture<T> future) {
    waiting.add(new Change(core, tip, () -> future.complete(result), future));
  }

  /** Completes the future when everything committed before is on disk. */
  <T> void whenDurable(T result, CompletableFuture<T> future) {
    waiting.add(new Change(null, null, () -> future.complete(result), future));
  }

  /** Completes the future when everything committed before is on disk. */
  void whenDurable(CompletableFuture<Void> future) {
    waiting.add(new Change(null, null, () -> future.complete(null), future));
  }

  /** Runs a task after the next sync, whether it succeeded or not. */
  void afterNext(Runnable task) {
    retries.add(task);
  }

  /** Begins a sync when there is something to sync and none is under way. */
  void turnEnded() {
    while (!isSyncing && !waiting.isEmpty()) {
      List<Change> group = waiting;
      waiting = new ArrayList<>();
      syncing = group;
      isSyncing = true;
      syncs++;
      CompletableFuture<Void> sync = store.sync();
      if (sync.isDone()) {
        sync.whenComplete((nothing, problem) -> finished(group, problem));
      } else {
        sync.whenComplete((nothing, problem) -> mailbox.execute(() -> finished(group, problem)));
      }
    }
  }

  /** The owner's thread has ended: whoever still waits will not be answered by a sync. */
  void abandon(CoreException reason) {
    syncing.forEach(change -> change.future.completeExceptionally(reason));
    waiting.forEach(change -> change.future.completeExceptionally(reason));
    retries.forEach(Runnable::run);
    waiting.forEach(change -> change.future.completeExceptionally(reason));
  }

  /** Whoever listens must not keep others from their answers. */
  private static void publish(OpenCore core, TreeHead tip) {
    try {
      core.publish(tip);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "a new head could not be told", e);
    }
  }

  private void finished(List<Change> group, @Nullable Throwable problem) {
    isSyncing = false;
    syncing = List.of();
    if (problem != null) {
      CoreException lost = new CoreException(Reason.STORAGE, "the store did not sync", problem);
      failure = lost;
      group.forEach(change -> change.future.completeExceptionally(lost));
      waiting.forEach(change -> change.future.completeExceptionally(lost));
      waiting.clear();
    } else {
      Map<OpenCore, TreeHead> tips = new IdentityHashMap<>();
      for (Change change : group) {
        if (change.core != null && change.tip != null) {
          tips.put(change.core, change.tip);
        }
      }
      for (Change change : group) {
        OpenCore core = change.core;
        TreeHead last = core == null ? null : tips.remove(core);
        if (core != null && last != null) {
          publish(core, last);
        }
      }
      group.forEach(change -> change.complete.run());
    }
    List<Runnable> again = retries;
    retries = new ArrayList<>();
    again.forEach(Runnable::run);
  }
}
