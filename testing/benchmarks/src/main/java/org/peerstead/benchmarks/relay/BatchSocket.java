package org.peerstead.benchmarks.relay;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A UDP socket on loopback that receives and sends whole batches, from any source address of
 * 127.0.0.0/8. Nothing is allocated once it is open. One thread only.
 *
 * <pre>
 * struct mmsghdr, 64 bytes                 struct iovec, 16 bytes
 *  0 msg_name        pointer               0 iov_base pointer
 *  8 msg_namelen     u32, 4 unused         8 iov_len  u64
 * 16 msg_iov         pointer
 * 24 msg_iovlen      u64
 * 32 msg_control     pointer               control: IP_PKTINFO in 32 bytes, UDP_SEGMENT in 24
 * 40 msg_controllen  u64
 * 48 msg_flags       u32, 4 unused
 * 56 msg_len         u32, 4 unused
 * </pre>
 */
final class BatchSocket implements AutoCloseable {
  /** Datagrams received at once, and messages sent at once. */
  static final int BATCH = 64;

  /** Datagrams that one message may be cut into. */
  static final int MAX_SEGMENTS = 64;

  /** What one message may hold, all segments together. */
  static final int MESSAGE_BYTES = 65_000;

  /** Not a power of two, so that messages do not compete for the same lines of the cache. */
  private static final int MESSAGE_STRIDE = 65_536 + 320;

  private static final int SLOT_BYTES = 2_048 + 64;
  private static final int HEADER_BYTES = 64;
  private static final int IOVEC_BYTES = 16;
  private static final int CONTROL_BYTES = 56;
  private static final int PKTINFO_SPACE = 32;
  private static final int BUFFER_BYTES = 8 << 20;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private final LinuxCalls calls;
  private final int fd;
  private final int port;

  private final MemorySegment inHeaders;
  private final MemorySegment inNames;
  private final MemorySegment inBytes;

  private final MemorySegment outHeaders;
  private final MemorySegment outNames;
  private final MemorySegment outVectors;
  private final MemorySegment outControls;
  private final MemorySegment outBytes;

  /** One vector for each received datagram, to send it back from where it lies. */
  private final MemorySegment echoVectors;

  private int queued;
  private long refused;

  BatchSocket(Arena arena, int host) throws IOException {
    calls = new LinuxCalls(arena);
    fd = calls.boundSocket(host);
    port = calls.boundPort(fd);
    calls.setOption(fd, LinuxCalls.SOL_SOCKET, LinuxCalls.SO_RCVBUFFORCE, BUFFER_BYTES);
    calls.setOption(fd, LinuxCalls.SOL_SOCKET, LinuxCalls.SO_SNDBUFFORCE, BUFFER_BYTES);

    inHeaders = arena.allocate((long) BATCH * HEADER_BYTES, Long.BYTES);
    inNames = arena.allocate((long) BATCH * LinuxCalls.SOCKADDR_BYTES, Long.BYTES);
    inBytes = arena.allocate((long) BATCH * SLOT_BYTES, Long.BYTES);
    MemorySegment inVectors = arena.allocate((long) BATCH * IOVEC_BYTES, Long.BYTES);
    outHeaders = arena.allocate((long) BATCH * HEADER_BYTES, Long.BYTES);
    outNames = arena.allocate((long) BATCH * LinuxCalls.SOCKADDR_BYTES, Long.BYTES);
    outVectors = arena.allocate((long) BATCH * IOVEC_BYTES, Long.BYTES);
    outControls = arena.allocate((long) BATCH * CONTROL_BYTES, Long.BYTES);
    outBytes = arena.allocate((long) BATCH * MESSAGE_STRIDE, Long.BYTES);
    echoVectors = arena.allocate((long) BATCH * IOVEC_BYTES, Long.BYTES);
    for (int i = 0; i < BATCH; i++) {
      long header = (long) i * HEADER_BYTES;
      long name = (long) i * LinuxCalls.SOCKADDR_BYTES;
      long vector = (long) i * IOVEC_BYTES;
      inHeaders.set(LONG, header, inNames.address() + name);
      inHeaders.set(INT, header + 8, LinuxCalls.SOCKADDR_BYTES);
      inHeaders.set(LONG, header + 16, inVectors.address() + vector);
      inHeaders.set(LONG, header + 24, 1L);
      inVectors.set(LONG, vector, inBytes.address() + (long) i * SLOT_BYTES);
      inVectors.set(LONG, vector + 8, (long) SLOT_BYTES);

      long control = (long) i * CONTROL_BYTES;
      outHeaders.set(LONG, header, outNames.address() + name);
      outHeaders.set(INT, header + 8, LinuxCalls.SOCKADDR_BYTES);
      outVectors.set(LONG, vector, outBytes.address() + (long) i * MESSAGE_STRIDE);
      // IP_PKTINFO of IPPROTO_IP: interface i32, source u32, unused u32.
      outControls.set(LONG, control, 28L);
      outControls.set(INT, control + 8, 0);
      outControls.set(INT, control + 12, 8);
      // UDP_SEGMENT of SOL_UDP: size u16.
      outControls.set(LONG, control + PKTINFO_SPACE, 18L);
      outControls.set(INT, control + PKTINFO_SPACE + 8, 17);
      outControls.set(INT, control + PKTINFO_SPACE + 12, 103);
      echoVectors.set(LONG, vector, inBytes.address() + (long) i * SLOT_BYTES);
    }
  }

  int fd() {
    return fd;
  }

  int port() {
    return port;
  }

  /** Datagrams that the system dropped because this program did not fetch them in time. */
  long overflowed() {
    return calls.overflowed(fd);
  }

  /** Messages that the system refused to send. */
  long refused() {
    return refused;
  }

  /** Receives what there is, up to {@link #BATCH}; the number. */
  int receive() {
    return Math.max(0, calls.receive(fd, inHeaders, BATCH));
  }

  /** Where received datagrams lie, see {@link #receivedAt}. */
  MemorySegment received() {
    return inBytes;
  }

  long receivedAt(int index) {
    return (long) index * SLOT_BYTES;
  }

  int receivedLength(int index) {
    return inHeaders.get(INT, (long) index * HEADER_BYTES + 56);
  }

  /** Where the next message is to be written, see {@link #nextAt}. */
  MemorySegment outgoing() {
    return outBytes;
  }

  /** The place of the next message in {@link #outgoing()}. */
  long nextAt() {
    return (long) queued * MESSAGE_STRIDE;
  }

  /**
   * Queues the message written at {@link #nextAt()}: {@code segments} datagrams of {@code length}
   * bytes each. Flushes first when it must not wait; the caller writes at the new {@link #nextAt()}
   * from then on.
   *
   * @param source address to send from, 0 for the socket's own
   */
  void queue(int source, int host, int toPort, int length, int segments) {
    int index = queued++;
    long header = (long) index * HEADER_BYTES;
    outVectors.set(LONG, (long) index * IOVEC_BYTES + 8, (long) length * segments);
    setMessage(
        index, outVectors.address() + (long) index * IOVEC_BYTES, 1, source, length, segments);
    LinuxCalls.writeAddress(outNames, (long) index * LinuxCalls.SOCKADDR_BYTES, host, toPort);
    outHeaders.set(LONG, header, outNames.address() + (long) index * LinuxCalls.SOCKADDR_BYTES);
    if (queued == BATCH) {
      flush();
    }
  }

  /**
   * Sends the first {@code count} received datagrams back, unchanged.
   *
   * @param isJoined whether neighbours of one sender and length leave in one piece
   */
  void echo(int count, boolean isJoined) {
    int start = 0;
    while (start < count) {
      int length = receivedLength(start);
      int end = start;
      int bytes = 0;
      while (end < count
          && end - start < (isJoined ? MAX_SEGMENTS : 1)
          && receivedLength(end) == length
          && bytes + length <= MESSAGE_BYTES
          && isSameSender(start, end)) {
        echoVectors.set(LONG, (long) end * IOVEC_BYTES + 8, (long) length);
        bytes += length;
        end++;
      }
      int index = queued++;
      setMessage(
          index,
          echoVectors.address() + (long) start * IOVEC_BYTES,
          end - start,
          0,
          length,
          end - start);
      outHeaders.set(
          LONG,
          (long) index * HEADER_BYTES,
          inNames.address() + (long) start * LinuxCalls.SOCKADDR_BYTES);
      if (queued == BATCH) {
        flush();
      }
      start = end;
    }
    flush();
  }

  private boolean isSameSender(int first, int second) {
    return inNames.get(LONG, (long) first * LinuxCalls.SOCKADDR_BYTES)
        == inNames.get(LONG, (long) second * LinuxCalls.SOCKADDR_BYTES);
  }

  private void setMessage(
      int index, long vectors, int count, int source, int length, int segments) {
    long header = (long) index * HEADER_BYTES;
    long control = (long) index * CONTROL_BYTES;
    // Without a source the part that names one is left out: zero would let the system choose.
    long skipped = source == 0 ? PKTINFO_SPACE : 0;
    outHeaders.set(LONG, header + 16, vectors);
    outHeaders.set(LONG, header + 24, (long) count);
    outHeaders.set(LONG, header + 32, outControls.address() + control + skipped);
    outHeaders.set(LONG, header + 40, (segments > 1 ? CONTROL_BYTES : PKTINFO_SPACE) - skipped);
    outControls.set(LinuxCalls.INT_BE, control + 20, source);
    outControls.set(ValueLayout.JAVA_SHORT, control + PKTINFO_SPACE + 16, (short) length);
  }

  /** Sends what is queued. What the system refuses is counted and not tried again. */
  void flush() {
    int start = 0;
    while (start < queued) {
      int sent = calls.send(fd, outHeaders.asSlice((long) start * HEADER_BYTES), queued - start);
      if (sent > 0) {
        start += sent;
      } else if (calls.errno() != LinuxCalls.EINTR && calls.errno() != LinuxCalls.EAGAIN) {
        refused++;
        start++;
      }
    }
    queued = 0;
  }

  @Override
  public void close() {
    calls.close(fd);
  }
}
