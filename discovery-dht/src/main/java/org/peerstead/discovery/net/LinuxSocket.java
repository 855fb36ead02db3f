package org.peerstead.discovery.net;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.peerstead.discovery.rpc.core.SocketSide;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/**
 * One UDP socket with its buffers outside the heap: a batch to receive into and a queue to send
 * from. The message headers are written once and only their lengths and addresses change.
 *
 * <pre>
 * struct mmsghdr, 64 bytes                 struct iovec, 16 bytes
 *  0 msg_name        pointer               0 iov_base pointer
 *  8 msg_namelen     u32, 4 unused         8 iov_len  u64
 * 16 msg_iov         pointer
 * 24 msg_iovlen      u64 = 1
 * 32 msg_control     pointer = 0
 * 40 msg_controllen  u64 = 0
 * 48 msg_flags       u32, 4 unused
 * 56 msg_len         u32, 4 unused
 * </pre>
 */
final class LinuxSocket implements BatchSocket {
  private static final int HEADER_BYTES = 64;
  private static final int NAME_LENGTH_AT = 8;
  private static final int MESSAGE_LENGTH_AT = 56;
  private static final int IOVEC_BYTES = 16;

  /** A datagram's place: one byte more than the longest, which shows the longer ones, rounded. */
  private static final int SLOT_BYTES = 1_536;

  private final LinuxCalls calls;
  private final SocketSide side;
  private final int fd;
  private final int port;

  private final Messages in;
  private final Messages out;

  /** Queued are the messages from {@code outStart} to {@code outEnd}. */
  private int outStart;

  private int outEnd;

  private long received;
  private long receivedBytes;
  private long oversized;
  private long sent;
  private long sentBytes;
  private long refused;
  private long lost;
  private long receiveBatches;
  private long sendBatches;

  /** Message headers and what they point to. */
  private static final class Messages {
    final MemorySegment headers;
    final MemorySegment vectors;
    final MemorySegment names;
    final MemorySegment bytes;

    Messages(Arena arena, int count, int length) {
      headers = arena.allocate((long) count * HEADER_BYTES, Long.BYTES);
      vectors = arena.allocate((long) count * IOVEC_BYTES, Long.BYTES);
      names = arena.allocate((long) count * LinuxCalls.SOCKADDR_BYTES, Long.BYTES);
      bytes = arena.allocate((long) count * SLOT_BYTES, Long.BYTES);
      for (int i = 0; i < count; i++) {
        long header = (long) i * HEADER_BYTES;
        headers.set(
            ValueLayout.JAVA_LONG, header, names.address() + (long) i * LinuxCalls.SOCKADDR_BYTES);
        headers.set(ValueLayout.JAVA_INT, header + NAME_LENGTH_AT, LinuxCalls.SOCKADDR_BYTES);
        headers.set(ValueLayout.JAVA_LONG, header + 16, vectors.address() + (long) i * IOVEC_BYTES);
        headers.set(ValueLayout.JAVA_LONG, header + 24, 1L);
        long vector = (long) i * IOVEC_BYTES;
        vectors.set(ValueLayout.JAVA_LONG, vector, bytes.address() + (long) i * SLOT_BYTES);
        vectors.set(ValueLayout.JAVA_LONG, vector + 8, (long) length);
      }
    }
  }

  private LinuxSocket(LinuxCalls calls, SocketSide side, int fd, int port, Arena arena) {
    this.calls = calls;
    this.side = side;
    this.fd = fd;
    this.port = port;
    in = new Messages(arena, DatagramSockets.RECEIVE_BATCH, DatagramSockets.MAX_DATAGRAM_BYTES + 1);
    out = new Messages(arena, DatagramSockets.SEND_QUEUE, 0);
  }

  static LinuxSocket open(LinuxCalls calls, SocketSide side, int host, PortRange ports, Arena arena)
      throws IOException {
    int fd = calls.udpSocket();
    try {
      bind(calls, fd, host, ports);
      calls.setOption(
          fd, LinuxCalls.SOL_SOCKET, LinuxCalls.SO_RCVBUF, DatagramSockets.RECEIVE_BUFFER_BYTES);
      calls.setOption(
          fd, LinuxCalls.SOL_SOCKET, LinuxCalls.SO_SNDBUF, DatagramSockets.SEND_BUFFER_BYTES);
      calls.setOption(
          fd, LinuxCalls.IPPROTO_IP, LinuxCalls.IP_MTU_DISCOVER, LinuxCalls.IP_PMTUDISC_PROBE);
      return new LinuxSocket(calls, side, fd, calls.boundPort(fd), arena);
    } catch (IOException | RuntimeException e) {
      calls.close(fd);
      throw e;
    }
  }

  private static void bind(LinuxCalls calls, int fd, int host, PortRange ports) throws IOException {
    for (int port = ports.first(); port <= ports.last(); port++) {
      if (calls.bind(fd, host, port)) {
        return;
      }
    }
    if (!ports.orAny() || !calls.bind(fd, host, 0)) {
      throw PortTaken.of(host, ports);
    }
  }

  int fd() {
    return fd;
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public int receive(DatagramSink sink) {
    int count = calls.receive(fd, in.headers, DatagramSockets.RECEIVE_BATCH);
    if (count <= 0) {
      return 0;
    }
    receiveBatches++;
    received += count;
    for (int i = 0; i < count; i++) {
      int length =
          in.headers.get(ValueLayout.JAVA_INT, (long) i * HEADER_BYTES + MESSAGE_LENGTH_AT);
      receivedBytes += length;
      if (length > DatagramSockets.MAX_DATAGRAM_BYTES) {
        oversized++;
        continue;
      }
      long name = (long) i * LinuxCalls.SOCKADDR_BYTES;
      NodeAddress from =
          new NodeAddress(LinuxCalls.host(in.names, name), LinuxCalls.port(in.names, name));
      byte[] datagram = new byte[length];
      MemorySegment.copy(
          in.bytes, ValueLayout.JAVA_BYTE, (long) i * SLOT_BYTES, datagram, 0, length);
      sink.received(side, from, datagram);
    }
    return count;
  }

  @Override
  public boolean isFull() {
    return outEnd == DatagramSockets.SEND_QUEUE;
  }

  @Override
  public boolean hasQueued() {
    return outEnd > outStart;
  }

  @Override
  public void queue(NodeAddress to, byte[] datagram) {
    if (isFull() || datagram.length > DatagramSockets.MAX_DATAGRAM_BYTES) {
      lost++;
      return;
    }
    long index = outEnd++;
    LinuxCalls.writeAddress(out.names, index * LinuxCalls.SOCKADDR_BYTES, to.host(), to.port());
    MemorySegment.copy(
        datagram, 0, out.bytes, ValueLayout.JAVA_BYTE, index * SLOT_BYTES, datagram.length);
    out.vectors.set(ValueLayout.JAVA_LONG, index * IOVEC_BYTES + 8, (long) datagram.length);
  }

  /** Sends what is queued until the system takes no more. */
  @Override
  public void flush() {
    while (outStart < outEnd) {
      int count =
          calls.send(fd, out.headers.asSlice((long) outStart * HEADER_BYTES), outEnd - outStart);
      if (count > 0) {
        sendBatches++;
        sent += count;
        for (int i = outStart; i < outStart + count; i++) {
          sentBytes += out.vectors.get(ValueLayout.JAVA_LONG, (long) i * IOVEC_BYTES + 8);
        }
        outStart += count;
      } else if (calls.errno() == LinuxCalls.EAGAIN) {
        return;
      } else if (calls.errno() != LinuxCalls.EINTR) {
        refused++;
        outStart++;
      }
    }
    outStart = 0;
    outEnd = 0;
  }

  /** Loses what is queued. */
  @Override
  public void discard() {
    lost += outEnd - outStart;
    outStart = 0;
    outEnd = 0;
  }

  @Override
  public SocketCounts counts() {
    return new SocketCounts(
        received,
        receivedBytes,
        oversized,
        calls.overflowed(fd),
        sent,
        sentBytes,
        refused,
        lost,
        receiveBatches,
        sendBatches);
  }

  void close() {
    calls.close(fd);
  }
}
