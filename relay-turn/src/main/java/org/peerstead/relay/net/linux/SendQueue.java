package org.peerstead.relay.net.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.peerstead.relay.net.linux.LoopCounts.Count;
import org.peerstead.relay.stun.IpFamily;

/**
 * What a round sends. Packets are kept as pointers in chains per flow (socket and destination), in
 * order; {@link #flush} makes one message of packets that follow each other with the same length
 * and lets the kernel cut it, which costs one walk through its network stack instead of many.
 *
 * <p>Not thread-safe. Memory that packets point to must not change until the next flush.
 */
final class SendQueue {
  private static final int PACKETS = 1_024;
  private static final int TABLE = 4 * PACKETS;
  private static final int VECTORS_PER_PACKET = 3;

  /** The head of a Data indication, and more. */
  private static final int HEAD_BYTES = 64;

  private static final int MAX_COPY_BYTES = 65_536;
  private static final int COPY_BYTES = 4 * MAX_COPY_BYTES;

  /** What kernels before 6.9 cut at most at once. */
  private static final int MAX_SEGMENTS = 64;

  /** Fits into every MTU that Linux believes in, 552 for IPv4. */
  private static final int LEAST_MTU_PAYLOAD = 500;

  /** The longest UDP payload over IPv6 without options, a little rounded down. */
  private static final int MAX_MESSAGE_BYTES = 65_000;

  /** {@code cmsghdr} (length u64, level i32, type i32) and a u16, padded. */
  private static final int CONTROL_BYTES = 24;

  private static final int CONTROL_LENGTH = 18;

  /** In place of sockets that may be gone. */
  private static final LinuxSocket NOBODY = new LinuxSocket(LinuxSocket.NONE, IpFamily.V4);

  private final LinuxCalls calls;
  private final LoopCounts counts;
  private final MemorySegment option;

  // Packets, by number.
  private final MemorySegment heads;
  private final long headsAddress;
  private final int[] headLength = new int[PACKETS];
  private final long[] payload = new long[PACKETS];
  private final int[] payloadLength = new int[PACKETS];
  private final int[] tailLength = new int[PACKETS];
  private final int[] nextPacket = new int[PACKETS];
  private int packets;

  // Flows, by number.
  private final LinuxSocket[] flowSocket = new LinuxSocket[PACKETS];
  private final long[] flowHigh = new long[PACKETS];
  private final long[] flowLow = new long[PACKETS];
  private final int[] flowPort = new int[PACKETS];
  private final boolean[] flowForbidsFragments = new boolean[PACKETS];
  private final int[] flowFirst = new int[PACKETS];
  private final int[] flowLast = new int[PACKETS];
  private final int[] nextFlow = new int[PACKETS];
  private final int[] flowPlace = new int[PACKETS];
  private int flows;

  /** Numbers of flows plus one, by hash. */
  private final int[] table = new int[TABLE];

  private final LinuxSocket[] pending = new LinuxSocket[PACKETS];
  private int pendingSockets;

  // Messages, by number.
  private final MemorySegment messages;
  private final long messagesAddress;
  private final MemorySegment vectors;
  private final MemorySegment names;
  private final long namesAddress;
  private final MemorySegment controls;
  private final int[] messageFirst = new int[PACKETS];
  private final int[] messagePackets = new int[PACKETS];
  private final int[] messageFlow = new int[PACKETS];
  private int built;
  private int builtVectors;

  private final MemorySegment zeros;
  private final MemorySegment copies;
  private int copied;

  SendQueue(LinuxCalls calls, Arena arena, LoopCounts counts) {
    this.calls = calls;
    this.counts = counts;
    option = arena.allocate(Integer.BYTES, Integer.BYTES);
    heads = arena.allocate((long) PACKETS * HEAD_BYTES, 64);
    headsAddress = heads.address();
    messages = arena.allocate((long) PACKETS * ReceiveRing.HEADER_BYTES, 64);
    messagesAddress = messages.address();
    vectors = arena.allocate((long) PACKETS * VECTORS_PER_PACKET * ReceiveRing.IOVEC_BYTES, 64);
    names = arena.allocate((long) PACKETS * SocketAddress.SLOT_BYTES, 64);
    namesAddress = names.address();
    controls = arena.allocate((long) PACKETS * CONTROL_BYTES, 64);
    zeros = arena.allocate(Long.BYTES, Long.BYTES);
    copies = arena.allocate(COPY_BYTES, 64);
    for (int i = 0; i < PACKETS; i++) {
      long control = (long) i * CONTROL_BYTES;
      controls.set(ValueLayout.JAVA_LONG, control, CONTROL_LENGTH);
      controls.set(ValueLayout.JAVA_INT, control + 8, LinuxCalls.SOL_UDP);
      controls.set(ValueLayout.JAVA_INT, control + 12, LinuxCalls.UDP_SEGMENT);
    }
  }

  /** Makes room for one more packet with a copy of at most 64 KiB. */
  private void reserve() {
    if (packets == PACKETS || copied + MAX_COPY_BYTES > COPY_BYTES) {
      flush();
    }
  }

  /** The head of the packet that is added next, {@value #HEAD_BYTES} bytes; call before adding. */
  MemorySegment heads() {
    reserve();
    return heads;
  }

  /** Where in {@link #heads} that head is. */
  long headOffset() {
    return (long) packets * HEAD_BYTES;
  }

  /** The address of memory, or of a copy when the memory is on the heap. */
  private long pointer(MemorySegment memory, long offset, int length) {
    if (memory.isNative()) {
      return memory.address() + offset;
    }
    int at = copied;
    MemorySegment.copy(memory, offset, copies, at, length);
    copied += length;
    return copies.address() + at;
  }

  /** Queues bytes as a datagram; they are copied. */
  void addCopy(
      LinuxSocket socket, long high, long low, int port, byte[] bytes, int offset, int length) {
    reserve();
    add(socket, high, low, port, 0, MemorySegment.ofArray(bytes), offset, length, 0, false);
  }

  /**
   * Queues a datagram.
   *
   * @param head bytes that stand at {@link #headOffset}
   * @param tail zero bytes at the end, at most 3
   */
  void add(
      LinuxSocket socket,
      long high,
      long low,
      int port,
      int head,
      MemorySegment memory,
      long offset,
      int length,
      int tail,
      boolean forbidFragments) {
    if (head == 0) {
      reserve();
    }
    int packet = packets++;
    headLength[packet] = head;
    payload[packet] = pointer(memory, offset, length);
    payloadLength[packet] = length;
    tailLength[packet] = tail;
    nextPacket[packet] = LinuxSocket.NONE;
    int flow = flow(socket, high, low, port, forbidFragments);
    int last = flowLast[flow];
    if (last == LinuxSocket.NONE) {
      flowFirst[flow] = packet;
    } else {
      nextPacket[last] = packet;
    }
    flowLast[flow] = packet;
  }

  private int flow(LinuxSocket socket, long high, long low, int port, boolean forbidFragments) {
    int recent = socket.lastFlow;
    if (recent != LinuxSocket.NONE && isFlow(recent, socket, high, low, port, forbidFragments)) {
      return recent;
    }
    long mixed = (low * 0x9E37_79B9_7F4A_7C15L ^ high) * 0xBF58_476D_1CE4_E5B9L;
    mixed = (mixed ^ (mixed >>> 32) ^ ((long) socket.fd << 20) ^ port) * 0x94D0_49BB_1331_11EBL;
    int place = (int) (mixed >>> 40) & (TABLE - 1);
    while (table[place] != 0) {
      int found = table[place] - 1;
      if (isFlow(found, socket, high, low, port, forbidFragments)) {
        return found;
      }
      place = (place + 1) & (TABLE - 1);
    }
    int flow = flows++;
    table[place] = flow + 1;
    flowPlace[flow] = place;
    flowSocket[flow] = socket;
    flowHigh[flow] = high;
    flowLow[flow] = low;
    flowPort[flow] = port;
    flowForbidsFragments[flow] = forbidFragments;
    flowLast[flow] = LinuxSocket.NONE;
    nextFlow[flow] = LinuxSocket.NONE;
    if (socket.lastFlow == LinuxSocket.NONE) {
      socket.firstFlow = flow;
      pending[pendingSockets++] = socket;
    } else {
      nextFlow[socket.lastFlow] = flow;
    }
    socket.lastFlow = flow;
    return flow;
  }

  private boolean isFlow(
      int flow, LinuxSocket socket, long high, long low, int port, boolean forbidFragments) {
    return flowSocket[flow] == socket
        && flowLow[flow] == low
        && flowPort[flow] == port
        && flowHigh[flow] == high
        && flowForbidsFragments[flow] == forbidFragments;
  }

  boolean isEmpty() {
    return packets == 0;
  }

  /** Sends everything; what the system does not take is lost, and counted. */
  void flush() {
    for (int i = 0; i < pendingSockets; i++) {
      LinuxSocket socket = pending[i];
      sendAll(socket);
      socket.firstFlow = LinuxSocket.NONE;
      socket.lastFlow = LinuxSocket.NONE;
      pending[i] = NOBODY;
    }
    for (int flow = 0; flow < flows; flow++) {
      table[flowPlace[flow]] = 0;
      flowSocket[flow] = NOBODY;
    }
    pendingSockets = 0;
    flows = 0;
    packets = 0;
    copied = 0;
    built = 0;
    builtVectors = 0;
  }

  /** Forgets a socket that is about to be closed, after sending what is queued. */
  void release(LinuxSocket socket) {
    if (socket.firstFlow != LinuxSocket.NONE) {
      flush();
    }
  }

  private void sendAll(LinuxSocket socket) {
    int first = built;
    for (int flow = socket.firstFlow; flow != LinuxSocket.NONE; flow = nextFlow[flow]) {
      if (flowForbidsFragments[flow]) {
        send(socket, first);
        setFragmentation(socket, LinuxCalls.PMTUDISC_DO);
        int start = built;
        build(flow, 0);
        send(socket, start);
        setFragmentation(socket, LinuxCalls.PMTUDISC_DONT);
        first = built;
      } else {
        build(flow, socket.maxSegment);
      }
    }
    send(socket, first);
  }

  private void setFragmentation(LinuxSocket socket, int value) {
    boolean ignored =
        switch (socket.family) {
          case V4 ->
              calls.setOption(
                  socket.fd, LinuxCalls.IPPROTO_IP, LinuxCalls.IP_MTU_DISCOVER, value, option);
          case V6 ->
              calls.setOption(
                  socket.fd, LinuxCalls.IPPROTO_IPV6, LinuxCalls.IPV6_MTU_DISCOVER, value, option);
        };
  }

  /** Makes messages of a flow's packets. */
  private void build(int flow, int maxSegment) {
    LinuxSocket socket = flowSocket[flow];
    SocketAddress.write(
        names,
        (long) flow * SocketAddress.SLOT_BYTES,
        socket.family,
        flowHigh[flow],
        flowLow[flow],
        flowPort[flow]);
    int packet = flowFirst[flow];
    while (packet != LinuxSocket.NONE) {
      int segment = length(packet);
      int message = begin(flow, packet);
      int bytes = segment;
      int count = 1;
      addVectors(packet);
      int next = nextPacket[packet];
      if (segment > 0 && segment <= maxSegment) {
        while (next != LinuxSocket.NONE && count < MAX_SEGMENTS) {
          int length = length(next);
          if (length > segment || length == 0 || bytes + length > MAX_MESSAGE_BYTES) {
            break;
          }
          addVectors(next);
          bytes += length;
          count++;
          next = nextPacket[next];
          if (length < segment) {
            // A shorter one can only be the last.
            break;
          }
        }
      }
      end(message, count, segment);
      packet = next;
    }
  }

  private int length(int packet) {
    return headLength[packet] + payloadLength[packet] + tailLength[packet];
  }

  private int begin(int flow, int packet) {
    int message = built++;
    long at = (long) message * ReceiveRing.HEADER_BYTES;
    messages.set(ValueLayout.JAVA_LONG, at, namesAddress + (long) flow * SocketAddress.SLOT_BYTES);
    messages.set(
        ValueLayout.JAVA_INT,
        at + ReceiveRing.NAME_LENGTH_AT,
        SocketAddress.length(flowSocket[flow].family));
    messages.set(
        ValueLayout.JAVA_LONG,
        at + 16,
        vectors.address() + (long) builtVectors * ReceiveRing.IOVEC_BYTES);
    messages.set(ValueLayout.JAVA_LONG, at + 24, builtVectors);
    messageFirst[message] = packet;
    messageFlow[message] = flow;
    return message;
  }

  private void addVectors(int packet) {
    if (headLength[packet] > 0) {
      addVector(headsAddress + (long) packet * HEAD_BYTES, headLength[packet]);
    }
    addVector(payload[packet], payloadLength[packet]);
    if (tailLength[packet] > 0) {
      addVector(zeros.address(), tailLength[packet]);
    }
  }

  private void addVector(long address, int length) {
    long at = (long) builtVectors++ * ReceiveRing.IOVEC_BYTES;
    vectors.set(ValueLayout.JAVA_LONG, at, address);
    vectors.set(ValueLayout.JAVA_LONG, at + 8, (long) length);
  }

  private void end(int message, int count, int segment) {
    long at = (long) message * ReceiveRing.HEADER_BYTES;
    long firstVector = messages.get(ValueLayout.JAVA_LONG, at + 24);
    messages.set(ValueLayout.JAVA_LONG, at + 24, builtVectors - firstVector);
    messagePackets[message] = count;
    if (count > 1) {
      long control = (long) message * CONTROL_BYTES;
      controls.set(ValueLayout.JAVA_SHORT, control + 16, (short) segment);
      messages.set(ValueLayout.JAVA_LONG, at + 32, controls.address() + control);
      messages.set(ValueLayout.JAVA_LONG, at + 40, CONTROL_BYTES);
      counts.add(Count.SEGMENTED, count);
    } else {
      messages.set(ValueLayout.JAVA_LONG, at + 32, 0L);
      messages.set(ValueLayout.JAVA_LONG, at + 40, 0L);
    }
  }

  /** Sends the messages from a number on. */
  private void send(LinuxSocket socket, int from) {
    int start = from;
    boolean isRetried = false;
    while (start < built) {
      int sent =
          start == built - 1 && isOnePiece(start)
              ? sendPiece(socket, start)
              : calls.send(
                  socket.fd,
                  messagesAddress + (long) start * ReceiveRing.HEADER_BYTES,
                  built - start);
      counts.add(Count.SEND_CALLS, 1);
      if (sent > 0) {
        for (int i = start; i < start + sent; i++) {
          counts.add(Count.SENT, messagePackets[i]);
        }
        start += sent;
        isRetried = false;
      } else if (calls.errno() == LinuxCalls.EAGAIN) {
        for (int i = start; i < built; i++) {
          counts.add(Count.SEND_BUFFER_FULL, messagePackets[i]);
        }
        return;
      } else if (calls.errno() != LinuxCalls.EINTR) {
        if (!isRetried && !isUncut(socket, start, calls.errno())) {
          // Perhaps an ICMP error about an earlier packet, which is over now.
          isRetried = true;
        } else if (messagePackets[start] > 1) {
          sendSingly(socket, start);
          start++;
          isRetried = false;
        } else {
          counts.add(Count.SEND_REFUSED, 1);
          start++;
          isRetried = false;
        }
      }
    }
  }

  private boolean isOnePiece(int message) {
    int packet = messageFirst[message];
    return messagePackets[message] == 1 && headLength[packet] == 0 && tailLength[packet] == 0;
  }

  /** Sends a message of one packet of one piece; 1, or -1 when it cannot be sent. */
  private int sendPiece(LinuxSocket socket, int message) {
    int packet = messageFirst[message];
    long sent =
        calls.send(
            socket.fd,
            payload[packet],
            payloadLength[packet],
            namesAddress + (long) messageFlow[message] * SocketAddress.SLOT_BYTES,
            SocketAddress.length(socket.family));
    return sent < 0 ? -1 : 1;
  }

  /**
   * Whether the kernel refused to cut a message. Packets longer than the MTU of their way are not
   * cut ({@code EINVAL}, from Linux 6.14 on {@code EMSGSIZE}). That is not remembered: the clients
   * of a listener have different ways, and one with a narrow one must not make all others dearer.
   */
  private boolean isUncut(LinuxSocket socket, int message, int errno) {
    if (messagePackets[message] == 1) {
      return false;
    }
    if (errno == LinuxCalls.EIO
        || (errno == LinuxCalls.EINVAL && length(messageFirst[message]) <= LEAST_MTU_PAYLOAD)) {
      socket.maxSegment = 0;
      return true;
    }
    return errno == LinuxCalls.EINVAL || errno == LinuxCalls.EMSGSIZE;
  }

  /** Sends the packets of a message one by one, through the memory of that message. */
  private void sendSingly(LinuxSocket socket, int message) {
    long at = (long) message * ReceiveRing.HEADER_BYTES;
    long vector = messages.get(ValueLayout.JAVA_LONG, at + 16);
    messages.set(ValueLayout.JAVA_LONG, at + 32, 0L);
    messages.set(ValueLayout.JAVA_LONG, at + 40, 0L);
    int packet = messageFirst[message];
    for (int i = 0; i < messagePackets[message]; i++) {
      long parts = 1 + (headLength[packet] > 0 ? 1 : 0) + (tailLength[packet] > 0 ? 1 : 0);
      messages.set(ValueLayout.JAVA_LONG, at + 16, vector);
      messages.set(ValueLayout.JAVA_LONG, at + 24, parts);
      int sent = calls.send(socket.fd, messagesAddress + at, 1);
      counts.add(Count.SEND_CALLS, 1);
      if (sent > 0) {
        counts.add(Count.SENT, 1);
      } else {
        counts.add(
            calls.errno() == LinuxCalls.EAGAIN ? Count.SEND_BUFFER_FULL : Count.SEND_REFUSED, 1);
      }
      vector += parts * ReceiveRing.IOVEC_BYTES;
      packet = nextPacket[packet];
    }
  }
}
