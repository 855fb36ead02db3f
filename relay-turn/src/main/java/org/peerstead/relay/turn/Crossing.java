package org.peerstead.relay.turn;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What is on its way from one loop to another for one client. Bounded, so that a loop that cannot
 * keep up costs packets and not memory. Thread-safe.
 */
final class Crossing {
  /** About as much as may wait for a client that reads slowly. */
  private static final long MAX_WAITING_BYTES = 1 << 20;

  /** What a packet costs besides its own bytes. */
  private static final int PACKET_BYTES = 128;

  private final TurnServer destination;
  private final AtomicLong waitingBytes = new AtomicLong();

  Crossing(TurnServer destination) {
    this.destination = destination;
  }

  /**
   * Runs something on the other loop.
   *
   * @param length bytes that it keeps
   * @return false when too much is waiting
   */
  boolean post(int length, Runnable task) {
    long cost = length + PACKET_BYTES;
    if (waitingBytes.addAndGet(cost) > MAX_WAITING_BYTES) {
      waitingBytes.addAndGet(-cost);
      return false;
    }
    destination.execute(() -> {
      waitingBytes.addAndGet(-cost);
      task.run();
    });
    return true;
  }
}
