package org.peerstead.hypercore.net;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The one thread that owns cores and replication, and how others reach it.
 *
 * <p>A turn takes everything that waits, runs it, and ends with {@link Turn#ended}, so that the
 * cost of waking up and of what a turn does once (flushing sockets, asking for a sync) is shared by
 * all of it. Two ways in: {@link #offer} for callers, refused when too much waits; {@link #execute}
 * for what is limited elsewhere, as bytes of connections are. Thread-safe.
 */
public final class Mailbox {
  private static final System.Logger LOG = System.getLogger(Mailbox.class.getName());

  /** Tasks after which a turn ends although more wait, so that sockets do not run dry. */
  private static final int TASKS_PER_TURN = 512;

  /** {@link Turn#nextDeadlineNanos} when there is none. */
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  /** What the owner does besides tasks, on its thread. */
  public interface Turn {
    /**
     * When {@link #onDeadline} wants to be called, by {@link System#nanoTime}; {@link #NO_DEADLINE}
     * when never.
     */
    long nextDeadlineNanos();

    /** Time has passed. Too early is harmless. */
    void onDeadline(long nowNanos);

    /** The tasks of a turn were run. */
    void ended(long nowNanos);
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final int capacity;
  private final Thread thread;
  private List<Runnable> waiting = new ArrayList<>();
  private boolean isParked;
  private boolean isStopping;
  private volatile int depth;

  /**
   * A mailbox whose thread waits for {@link #start}.
   *
   * @param capacity waiting tasks above which {@link #offer} refuses
   */
  public Mailbox(String name, int capacity, Turn turn) {
    this.capacity = capacity;
    this.thread = Thread.ofPlatform().name(name).daemon().unstarted(() -> run(turn));
  }

  /** Begins to work. */
  public void start() {
    thread.start();
  }

  /** Whether the caller is the owner's thread. */
  public boolean isOwner() {
    return Thread.currentThread() == thread;
  }

  /** Tasks that wait, about. */
  public int depth() {
    return depth;
  }

  /** Runs a task on the owner's thread; false when too many wait or the end has come. */
  public boolean offer(Runnable task) {
    return add(task, capacity);
  }

  /** Runs a task on the owner's thread; false only when the end has come. */
  public boolean execute(Runnable task) {
    return add(task, Integer.MAX_VALUE);
  }

  private boolean add(Runnable task, int limit) {
    lock.lock();
    try {
      if (isStopping || waiting.size() >= limit) {
        return false;
      }
      waiting.add(task);
      depth = waiting.size();
      if (isParked) {
        isParked = false;
        arrived.signal();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes nothing more, runs what waits, and waits for the thread to end.
   *
   * @return whether it ended within {@code timeout}
   */
  public boolean stop(Duration timeout) {
    lock.lock();
    try {
      isStopping = true;
      arrived.signal();
    } finally {
      lock.unlock();
    }
    if (isOwner()) {
      return false;
    }
    try {
      return thread.join(timeout);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void run(Turn turn) {
    List<Runnable> tasks = new ArrayList<>();
    while (true) {
      List<Runnable> taken = take(tasks, turn.nextDeadlineNanos());
      if (taken.isEmpty() && hasStopped()) {
        return;
      }
      for (int i = 0; i < taken.size(); i++) {
        guarded(taken.get(i));
        if (i % TASKS_PER_TURN == TASKS_PER_TURN - 1) {
          guarded(() -> turn.ended(System.nanoTime()));
        }
      }
      taken.clear();
      tasks = taken;
      guarded(() -> {
        long now = System.nanoTime();
        long deadline = turn.nextDeadlineNanos();
        if (deadline != NO_DEADLINE && now - deadline >= 0) {
          turn.onDeadline(now);
        }
        turn.ended(now);
      });
    }
  }

  private boolean hasStopped() {
    lock.lock();
    try {
      return isStopping && waiting.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** Everything that waits, or nothing when the deadline comes first; {@code empty} replaces it. */
  private List<Runnable> take(List<Runnable> empty, long deadlineNanos) {
    lock.lock();
    try {
      while (waiting.isEmpty() && !isStopping) {
        isParked = true;
        if (deadlineNanos == NO_DEADLINE) {
          arrived.await();
        } else {
          long wait = deadlineNanos - System.nanoTime();
          if (wait <= 0 || arrived.awaitNanos(wait) <= 0) {
            break;
          }
        }
      }
      isParked = false;
      List<Runnable> taken = waiting;
      waiting = empty;
      depth = 0;
      return taken;
    } catch (InterruptedException e) {
      // Nobody has a reason to interrupt this thread; stop() is the way to end it.
      LOG.log(System.Logger.Level.DEBUG, "interrupted", e);
      return empty;
    } finally {
      lock.unlock();
    }
  }

  private static void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "a task of the owner failed", e);
    }
  }
}
