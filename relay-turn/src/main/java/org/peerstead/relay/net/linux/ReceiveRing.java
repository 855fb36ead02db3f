package org.peerstead.relay.net.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Places for the datagrams of a round. Each can hold the longest datagram there is; memory that no
 * datagram was so long to reach is never touched, so that it costs addresses only.
 *
 * <pre>
 * struct mmsghdr, 64 bytes                 struct iovec, 16 bytes
 *  0 msg_name        pointer               0 iov_base pointer
 *  8 msg_namelen     u32, 4 unused         8 iov_len  u64
 * 16 msg_iov         pointer
 * 24 msg_iovlen      u64
 * 32 msg_control     pointer
 * 40 msg_controllen  u64
 * 48 msg_flags       u32, 4 unused
 * 56 msg_len         u32, 4 unused
 *
 * control, 24 bytes: length u64, level i32 = SOL_UDP, type i32 = UDP_GRO, segment i32, 4 unused
 * </pre>
 */
final class ReceiveRing {
  static final int HEADER_BYTES = 64;
  static final int NAME_LENGTH_AT = 8;
  static final int LENGTH_AT = 56;
  static final int IOVEC_BYTES = 16;
  private static final int CONTROL_LENGTH_AT = 40;
  private static final int CONTROL_BYTES = 24;

  /** The longest payload, and a distance that puts the slots on different lines of a cache. */
  private static final int SLOT_BYTES = 65_536 + 9 * 64;

  private final int slots;
  private final MemorySegment headers;
  private final MemorySegment names;
  private final MemorySegment bytes;
  private final MemorySegment controls;
  private final long headersAddress;
  private int used;

  /** Of the place that was taken last. */
  private int segment;

  ReceiveRing(LinuxCalls calls, Arena arena, int slots) {
    this.slots = slots;
    headers = arena.allocate((long) slots * HEADER_BYTES, 64);
    names = arena.allocate((long) slots * SocketAddress.SLOT_BYTES, 64);
    bytes = calls.reserve((long) slots * SLOT_BYTES, arena);
    controls = arena.allocate((long) slots * CONTROL_BYTES, 64);
    headersAddress = headers.address();
    MemorySegment vectors = arena.allocate((long) slots * IOVEC_BYTES, 64);
    for (int i = 0; i < slots; i++) {
      long header = (long) i * HEADER_BYTES;
      long vector = (long) i * IOVEC_BYTES;
      headers.set(
          ValueLayout.JAVA_LONG, header, names.address() + (long) i * SocketAddress.SLOT_BYTES);
      headers.set(ValueLayout.JAVA_INT, header + NAME_LENGTH_AT, SocketAddress.SLOT_BYTES);
      headers.set(ValueLayout.JAVA_LONG, header + 16, vectors.address() + vector);
      headers.set(ValueLayout.JAVA_LONG, header + 24, 1L);
      headers.set(
          ValueLayout.JAVA_LONG, header + 32, controls.address() + (long) i * CONTROL_BYTES);
      headers.set(ValueLayout.JAVA_LONG, header + CONTROL_LENGTH_AT, CONTROL_BYTES);
      vectors.set(ValueLayout.JAVA_LONG, vector, bytes.address() + (long) i * SLOT_BYTES);
      vectors.set(ValueLayout.JAVA_LONG, vector + 8, 65_536L);
    }
  }

  /** Places that are free in this round. */
  int free() {
    return slots - used;
  }

  /** All places are free again; what was in them has been sent. */
  void reset() {
    used = 0;
  }

  /**
   * Receives from a socket into free places.
   *
   * @return how many, or -1
   */
  int receive(LinuxCalls calls, int fd, int most) {
    int count =
        calls.receive(fd, headersAddress + (long) used * HEADER_BYTES, Math.min(most, free()));
    return count;
  }

  /** Takes the next place that was received into; its number. */
  int take() {
    int slot = used++;
    long header = (long) slot * HEADER_BYTES;
    segment = length(slot);
    if (headers.get(ValueLayout.JAVA_LONG, header + CONTROL_LENGTH_AT) > 0) {
      long control = (long) slot * CONTROL_BYTES;
      if (controls.get(ValueLayout.JAVA_INT, control + 8) == LinuxCalls.SOL_UDP
          && controls.get(ValueLayout.JAVA_INT, control + 12) == LinuxCalls.UDP_GRO) {
        segment = Math.max(1, controls.get(ValueLayout.JAVA_INT, control + 16));
      }
    }
    // The kernel has written the lengths of what it stored.
    headers.set(ValueLayout.JAVA_LONG, header + CONTROL_LENGTH_AT, CONTROL_BYTES);
    headers.set(ValueLayout.JAVA_INT, header + NAME_LENGTH_AT, SocketAddress.SLOT_BYTES);
    return slot;
  }

  /**
   * Length of each datagram in the place that was taken last, but for the last one, which may be
   * shorter: the kernel puts datagrams of one flow that arrive together into one place.
   */
  int segment() {
    return segment;
  }

  int length(int slot) {
    return headers.get(ValueLayout.JAVA_INT, (long) slot * HEADER_BYTES + LENGTH_AT);
  }

  MemorySegment names() {
    return names;
  }

  long nameOffset(int slot) {
    return (long) slot * SocketAddress.SLOT_BYTES;
  }

  MemorySegment bytes() {
    return bytes;
  }

  long offset(int slot) {
    return (long) slot * SLOT_BYTES;
  }
}
