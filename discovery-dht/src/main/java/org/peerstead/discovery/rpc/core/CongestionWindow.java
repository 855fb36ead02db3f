package org.peerstead.discovery.rpc.core;

/**
 * Holds requests back while too many of them are unanswered, so that a node behind a thin line does
 * not drown in its own questions. Time is cut into slots of {@link #SLOT_NANOS}; each answer makes
 * room in the running one, and what is unanswered after four slots is forgotten. Not thread-safe.
 *
 * <p>Specification: npm {@code dht-rpc} 6.27.0, {@code maxWindow} 80.
 */
final class CongestionWindow {
  /** Length of a slot, 750 ms. */
  static final long SLOT_NANOS = 750_000_000L;

  /** Unanswered requests of one slot. */
  static final int MAX_PER_SLOT = 80;

  private static final int SLOTS = 4;

  private final int[] sent = new int[SLOTS];
  private int current;
  private int total;
  private long slotEndsNanos;

  CongestionWindow(long nowNanos) {
    slotEndsNanos = nowNanos + SLOT_NANOS;
  }

  /** Whether the next request has to wait. */
  boolean isFull(long nowNanos) {
    turn(nowNanos);
    return total >= 2 * MAX_PER_SLOT || sent[current] >= MAX_PER_SLOT;
  }

  /** When room is made at the latest. */
  long slotEndsNanos() {
    return slotEndsNanos;
  }

  void sent(long nowNanos) {
    turn(nowNanos);
    sent[current]++;
    total++;
  }

  void answered(long nowNanos) {
    turn(nowNanos);
    if (sent[current] > 0) {
      sent[current]--;
      total--;
    }
  }

  private void turn(long nowNanos) {
    if (nowNanos - slotEndsNanos < 0) {
      return;
    }
    long slots = (nowNanos - slotEndsNanos) / SLOT_NANOS + 1;
    for (int i = 0; i < Math.min(slots, SLOTS); i++) {
      current = (current + 1) % SLOTS;
      total -= sent[current];
      sent[current] = 0;
    }
    slotEndsNanos += slots * SLOT_NANOS;
  }
}
