package org.peerstead.benchmarks.relay;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Waits for datagrams at a few sockets. One thread only. */
final class Poll {
  /** {@code struct pollfd}: descriptor i32, wanted events i16, events i16. */
  private static final int POLLFD_BYTES = 8;

  private static final short POLLIN = 1;

  private final LinuxCalls calls;
  private final int count;
  private final MemorySegment descriptors;
  private final MemorySegment timeout;

  Poll(Arena arena, BatchSocket... sockets) {
    calls = new LinuxCalls(arena);
    calls.sharpTimers();
    count = sockets.length;
    descriptors = arena.allocate((long) count * POLLFD_BYTES, Long.BYTES);
    timeout = arena.allocate(2L * Long.BYTES, Long.BYTES);
    for (int i = 0; i < count; i++) {
      descriptors.set(ValueLayout.JAVA_INT, (long) i * POLLFD_BYTES, sockets[i].fd());
      descriptors.set(ValueLayout.JAVA_SHORT, (long) i * POLLFD_BYTES + 4, POLLIN);
    }
  }

  /** Waits at most so long until there is something to receive; at once when not positive. */
  void await(long nanos) {
    long time = Math.max(0, nanos);
    timeout.setAtIndex(ValueLayout.JAVA_LONG, 0, time / 1_000_000_000L);
    timeout.setAtIndex(ValueLayout.JAVA_LONG, 1, time % 1_000_000_000L);
    if (calls.poll(descriptors, count, timeout) <= 0) {
      for (int i = 0; i < count; i++) {
        descriptors.set(ValueLayout.JAVA_SHORT, (long) i * POLLFD_BYTES + 6, (short) 0);
      }
    }
  }

  /** Whether the socket had something to receive at the end of the last wait. */
  boolean isReady(int index) {
    return descriptors.get(ValueLayout.JAVA_SHORT, (long) index * POLLFD_BYTES + 6) != 0;
  }
}
