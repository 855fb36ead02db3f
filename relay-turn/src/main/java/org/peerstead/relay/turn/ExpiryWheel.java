package org.peerstead.relay.turn;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Allocations in the order in which they want to be looked at, to the second. A wheel of buckets
 * with linked lists through the allocations themselves: moving one costs no memory, and a look at
 * an idle wheel is a look at a few empty buckets. Not thread-safe.
 */
final class ExpiryWheel {
  static final int NOWHERE = -1;

  /** An allocation is looked at no later than this after it was last, whatever it wants. */
  private static final int BUCKETS = 64;

  private static final long TICK_NANOS = 1_000_000_000L;

  private final @Nullable Allocation[] buckets = new Allocation[BUCKETS];
  private final long startNanos;

  /** The tick up to which everything has been looked at. */
  private long doneTick;

  private int size;

  ExpiryWheel(long nowNanos) {
    startNanos = nowNanos;
  }

  int size() {
    return size;
  }

  /** Puts an allocation where it is looked at soon after a time, or moves it there. */
  void schedule(Allocation allocation, long atNanos) {
    remove(allocation);
    // A tick is over when it is looked at; what is due within it is due by then.
    long tick = Math.floorDiv(atNanos - startNanos - 1, TICK_NANOS) + 1;
    tick = Math.max(doneTick + 1, Math.min(tick, doneTick + BUCKETS - 1));
    int bucket = (int) (tick % BUCKETS);
    Allocation first = buckets[bucket];
    allocation.bucket = bucket;
    allocation.previous = null;
    allocation.next = first;
    if (first != null) {
      first.previous = allocation;
    }
    buckets[bucket] = allocation;
    size++;
  }

  void remove(Allocation allocation) {
    if (allocation.bucket == NOWHERE) {
      return;
    }
    Allocation before = allocation.previous;
    Allocation after = allocation.next;
    if (before == null) {
      buckets[allocation.bucket] = after;
    } else {
      before.next = after;
    }
    if (after != null) {
      after.previous = before;
    }
    allocation.bucket = NOWHERE;
    allocation.previous = null;
    allocation.next = null;
    size--;
  }

  /** Takes out what is due and hands it over; who gets it schedules it again or ends it. */
  void advance(long nowNanos, Consumer<Allocation> due) {
    long nowTick = Math.floorDiv(nowNanos - startNanos, TICK_NANOS);
    // After a long pause every bucket is due once, not once per second that was missed.
    long first = Math.max(doneTick + 1, nowTick - BUCKETS + 1);
    for (long tick = first; tick <= nowTick; tick++) {
      // First this: what is scheduled from here on goes into a later bucket.
      doneTick = tick;
      int bucket = (int) (tick % BUCKETS);
      for (Allocation one = buckets[bucket]; one != null; one = buckets[bucket]) {
        remove(one);
        due.accept(one);
      }
    }
    doneTick = Math.max(doneTick, nowTick);
  }

  /** When there is something to look at; {@link Long#MAX_VALUE} when the wheel is empty. */
  long nextDeadlineNanos() {
    if (size == 0) {
      return Long.MAX_VALUE;
    }
    for (long tick = doneTick + 1; tick < doneTick + BUCKETS; tick++) {
      if (buckets[(int) (tick % BUCKETS)] != null) {
        return startNanos + tick * TICK_NANOS;
      }
    }
    return startNanos + (doneTick + 1) * TICK_NANOS;
  }

  /** All allocations, in no order. They must not be moved meanwhile. */
  void forEach(Consumer<Allocation> action) {
    for (Allocation first : buckets) {
      for (Allocation one = first; one != null; one = one.next) {
        action.accept(one);
      }
    }
  }
}
