package org.peerstead.discovery.net;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.peerstead.discovery.rpc.core.SocketSide;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Slice;

/**
 * The owner thread of one node: everything that the engine does happens here.
 *
 * <p>A turn has four steps, each of bounded work: at most one batch from each socket, what is due,
 * at most {@link #TASKS_PER_TURN} calls of other threads, then all answers leave together. A flood
 * on one socket therefore delays neither timers nor the other socket nor callers by more than one
 * batch. The loop only waits when a turn found nothing to do.
 *
 * <p>Thread-safe.
 */
public final class NodeLoop implements Executor {
  /** Most calls of other threads that may wait; more are rejected. */
  public static final int MAX_WAITING_TASKS = 65_536;

  private static final int TASKS_PER_TURN = 64;
  private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final DatagramSockets sockets;
  private final LoopEngine engine;
  private final Thread thread;
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waitingTasks = new AtomicInteger();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final DatagramSink sink = this::received;

  private volatile boolean isStopped;

  /** Set before the last look at the tasks: what comes later is rejected. */
  private volatile boolean hasEnded;

  /** The time of the current batch. */
  private long nowNanos;

  /**
   * A loop that does not run yet.
   *
   * @param sockets closed by the loop at its end
   */
  public NodeLoop(String name, DatagramSockets sockets, LoopEngine engine) {
    this.sockets = sockets;
    this.engine = engine;
    thread = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
  }

  /** Begins. */
  public void start() {
    thread.start();
  }

  /**
   * Runs {@code task} on the owner thread, soon, after those of earlier calls.
   *
   * @throws RejectedExecutionException when too many wait or the loop has ended
   */
  @Override
  public void execute(Runnable task) {
    if (isStopped) {
      throw new RejectedExecutionException("the node is closed");
    }
    if (waitingTasks.incrementAndGet() > MAX_WAITING_TASKS) {
      waitingTasks.decrementAndGet();
      throw new RejectedExecutionException(MAX_WAITING_TASKS + " calls wait for the node already");
    }
    tasks.add(task);
    if (hasEnded && tasks.remove(task)) {
      throw new RejectedExecutionException("the node is closed");
    }
    if (Thread.currentThread() != thread) {
      sockets.wake();
    }
  }

  /** Whether the caller is the owner thread. */
  public boolean isOwner() {
    return Thread.currentThread() == thread;
  }

  /** Ends the loop after the current turn; calls that wait are still made. */
  public void stop() {
    isStopped = true;
    sockets.wake();
  }

  /** Waits for the end; false when the time is over first. */
  public boolean awaitEnd(long timeoutNanos) throws InterruptedException {
    return ended.await(timeoutNanos, TimeUnit.NANOSECONDS);
  }

  private void run() {
    try {
      while (!isStopped) {
        turn();
      }
      hasEnded = true;
      while (!tasks.isEmpty()) {
        runTasks();
        flush();
      }
      flush();
    } finally {
      isStopped = true;
      hasEnded = true;
      sockets.close();
      ended.countDown();
    }
  }

  private void turn() {
    nowNanos = System.nanoTime();
    receive(SocketSide.SERVER);
    receive(SocketSide.CLIENT);
    runTasks();
    advance();
    flush();
    if (!hasMore()) {
      await();
    }
  }

  private boolean hasMore() {
    return sockets.isReadable(SocketSide.SERVER)
        || sockets.isReadable(SocketSide.CLIENT)
        || !tasks.isEmpty();
  }

  private void receive(SocketSide side) {
    if (!sockets.isReadable(side)) {
      return;
    }
    engine.beginBatch();
    int ignored = sockets.receive(side, sink);
    try {
      engine.endBatch();
    } catch (RuntimeException e) {
      engine.failed(e);
    }
  }

  private void received(SocketSide side, NodeAddress from, byte[] datagram) {
    try {
      engine.receive(side, from, Slice.of(datagram), nowNanos);
    } catch (RuntimeException e) {
      engine.failed(e);
    }
  }

  private void runTasks() {
    for (int done = 0; done < TASKS_PER_TURN; done++) {
      Runnable task = tasks.poll();
      if (task == null) {
        return;
      }
      waitingTasks.decrementAndGet();
      try {
        task.run();
      } catch (RuntimeException e) {
        engine.failed(e);
      }
    }
  }

  private void advance() {
    try {
      long deadline = engine.nextDeadlineNanos();
      if (deadline != Long.MAX_VALUE && deadline - nowNanos <= 0) {
        engine.advance(nowNanos);
      }
    } catch (RuntimeException e) {
      engine.failed(e);
    }
  }

  private void flush() {
    try {
      sockets.flush();
    } catch (RuntimeException e) {
      engine.failed(e);
    }
  }

  private void await() {
    long deadline = engine.nextDeadlineNanos();
    long wait =
        deadline == Long.MAX_VALUE
            ? LONGEST_WAIT_NANOS
            : Math.clamp(deadline - System.nanoTime(), 0, LONGEST_WAIT_NANOS);
    sockets.await(wait);
  }
}
