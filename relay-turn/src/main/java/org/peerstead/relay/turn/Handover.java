package org.peerstead.relay.turn;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicInteger;
import org.peerstead.relay.stun.IpFamily;

/**
 * Carries what a client sends from the loop that the system gives it to, to the loop that owns its
 * allocation: needed after a client has changed its address (RFC 8016), since the system chooses
 * the loop by address.
 */
final class Handover {
  /** Packets on their way at once; more are dropped. */
  private static final int MAX_WAITING = 256;

  private final TurnServer owner;
  private final AtomicInteger waiting = new AtomicInteger();

  Handover(TurnServer owner) {
    this.owner = owner;
  }

  /**
   * @return false when too many are waiting
   */
  boolean forward(
      int listener,
      IpFamily family,
      long high,
      long low,
      int port,
      MemorySegment memory,
      long offset,
      int length,
      long nowNanos) {
    if (waiting.incrementAndGet() > MAX_WAITING) {
      waiting.decrementAndGet();
      return false;
    }
    byte[] copy = memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    owner.execute(() -> {
      waiting.decrementAndGet();
      owner.receiveDatagram(
          listener, family, high, low, port, MemorySegment.ofArray(copy), 0, length, nowNanos);
    });
    return true;
  }
}
