package org.peerstead.hypercore;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is to happen later on the owner's thread, to within {@value #GRAIN_MILLIS} ms, so that many
 * timers that are mostly cancelled cost little. Owner's thread only.
 */
final class Timers {
  private static final long GRAIN_MILLIS = 16;
  private static final long GRAIN_NANOS = GRAIN_MILLIS * 1_000_000;

  /** Something that was asked for. */
  static final class Timer {
    private final long slot;
    private final Runnable task;

    private Timer(long slot, Runnable task) {
      this.slot = slot;
      this.task = task;
    }
  }

  private final TreeMap<Long, Set<Timer>> slots = new TreeMap<>();

  /** Runs a task at or soon after a time. */
  Timer at(long nanos, Runnable task) {
    Timer timer = new Timer(Math.floorDiv(nanos, GRAIN_NANOS) + 1, task);
    slots.computeIfAbsent(timer.slot, slot -> new LinkedHashSet<>()).add(timer);
    return timer;
  }

  /** Does not run it, if it has not run. */
  void cancel(@Nullable Timer timer) {
    if (timer == null) {
      return;
    }
    Set<Timer> slot = slots.get(timer.slot);
    if (slot != null && slot.remove(timer) && slot.isEmpty()) {
      slots.remove(timer.slot);
    }
  }

  /** When the next one is due; {@link Long#MAX_VALUE} when there is none. */
  long nextNanos() {
    return slots.isEmpty() ? Long.MAX_VALUE : slots.firstKey() * GRAIN_NANOS;
  }

  /** Runs what is due. */
  void run(long nowNanos) {
    while (!slots.isEmpty() && slots.firstKey() * GRAIN_NANOS <= nowNanos) {
      Map.Entry<Long, Set<Timer>> due = slots.pollFirstEntry();
      due.getValue().forEach(timer -> timer.task.run());
    }
  }
}
