package org.peerstead.hypercore;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.CoreException.Reason;
import org.peerstead.hypercore.replication.Ticket;

/**
 * Something that a session asked peers for: ends with an answer, its time, the caller or the end of
 * the session, whichever comes first. Owner's thread only.
 */
final class Waiting<T> {
  private final CoreOwner owner;
  private final Set<Waiting<?>> all;
  private final CompletableFuture<T> future;
  private Timers.@Nullable Timer timer;
  private @Nullable Ticket ticket;
  private boolean isOver;

  /**
   * Begins to wait.
   *
   * @param all what the session waits for
   * @param timeoutNanos 0 = for ever
   */
  Waiting(
      CoreOwner owner,
      Set<Waiting<?>> all,
      CompletableFuture<T> future,
      long timeoutNanos,
      String what) {
    this.owner = owner;
    this.all = all;
    this.future = future;
    all.add(this);
    if (timeoutNanos > 0) {
      timer =
          owner
              .timers()
              .at(
                  System.nanoTime() + timeoutNanos,
                  () -> fail(new CoreException(Reason.TIMED_OUT, what + " did not come in time")));
    }
    future.whenComplete((value, problem) -> {
      if (future.isCancelled()) {
        owner.mailbox().execute(this::giveUp);
      }
    });
  }

  /** What to cancel when it ends early; null when it has been answered already. */
  void setTicket(@Nullable Ticket asked) {
    if (isOver) {
      return;
    }
    ticket = asked;
  }

  /** The answer. */
  void complete(T value) {
    if (end()) {
      future.complete(value);
    }
  }

  /** It will not be answered by those who were asked. */
  void fail(CoreException problem) {
    Ticket asked = ticket;
    if (end()) {
      if (asked != null) {
        asked.cancel(System.nanoTime());
      }
      future.completeExceptionally(problem);
    }
  }

  private void giveUp() {
    fail(new CoreException(Reason.CANCELLED, "given up by the caller"));
  }

  private boolean end() {
    if (isOver) {
      return false;
    }
    isOver = true;
    ticket = null;
    all.remove(this);
    owner.timers().cancel(timer);
    timer = null;
    return true;
  }
}
