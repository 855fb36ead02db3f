package org.peerstead.relay.net.linux;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** What a loop has counted. Written by its thread, read by any. */
public final class LoopCounts {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

  /** What is counted; numbers of datagrams but for the calls. */
  public enum Count {
    RECEIVED,
    RECEIVE_CALLS,
    SENT,
    SEND_CALLS,
    /** Sent as parts of a longer buffer that the kernel cut. */
    SEGMENTED,
    /** Lost since the system's send buffer was full. */
    SEND_BUFFER_FULL,
    /** Lost since the system refused them, such as to a network without a route. */
    SEND_REFUSED,
    /** DTLS where none is served. */
    DTLS_UNSERVED,
    /** Rounds in which the engine failed; one datagram was lost in each. */
    ENGINE_FAILURES
  }

  private final long[] counts = new long[Count.values().length];

  public long get(Count count) {
    return (long) CELL.getOpaque(counts, count.ordinal());
  }

  void add(Count count, long number) {
    CELL.setOpaque(counts, count.ordinal(), counts[count.ordinal()] + number);
  }
}
