package org.peerstead.relay.net.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Locale;

/**
 * The system calls of this room, through the C library. Constants and structures are those of
 * 64-bit little-endian x86 and ARM, which agree but for the packing of {@code epoll_event}.
 *
 * <p>Not thread-safe: an instance keeps the error number of its last call.
 */
final class LinuxCalls {
  static final int EINTR = 4;
  static final int EIO = 5;
  static final int EAGAIN = 11;
  static final int EINVAL = 22;
  static final int EMSGSIZE = 90;
  static final int EADDRINUSE = 98;

  static final int AF_INET = 2;
  static final int AF_INET6 = 10;

  static final int MSG_DONTWAIT = 0x40;
  static final int MSG_ERRQUEUE = 0x2000;

  static final int EPOLLIN = 1;
  static final int EPOLLERR = 8;

  /** Tells once when something arrives, not again and again while it is there. */
  static final int EPOLLET = 1 << 31;

  static final int SOL_SOCKET = 1;
  static final int SO_SNDBUF = 7;
  static final int SO_RCVBUF = 8;
  static final int SO_REUSEPORT = 15;
  static final int SO_MEMINFO = 55;
  static final int IPPROTO_IP = 0;
  static final int IP_MTU_DISCOVER = 10;
  static final int IP_RECVERR = 11;
  static final int IPPROTO_IPV6 = 41;
  static final int IPV6_MTU_DISCOVER = 23;
  static final int IPV6_RECVERR = 25;
  static final int IPV6_V6ONLY = 26;
  static final int SOL_UDP = 17;
  static final int UDP_SEGMENT = 103;
  static final int UDP_GRO = 104;

  /** Never sets "don't fragment". */
  static final int PMTUDISC_DONT = 0;

  /** Sets it, and fragments what is known not to fit. */
  static final int PMTUDISC_WANT = 1;

  /** Always sets it. */
  static final int PMTUDISC_DO = 2;

  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_NONBLOCK = 0x800;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int EFD_NONBLOCK = 0x800;
  private static final int EFD_CLOEXEC = 0x80000;
  private static final int EPOLL_CLOEXEC = 0x80000;
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int MAP_PRIVATE = 2;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MAP_NORESERVE = 0x4000;
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EPOLL_CTL_DEL = 2;

  private static final boolean IS_X86 =
      System.getProperty("os.arch", "").toLowerCase(Locale.ROOT).equals("amd64");

  /** {@code struct epoll_event}: events u32, data u64; packed on x86 only. */
  static final int EPOLL_EVENT_BYTES = IS_X86 ? 12 : 16;

  private static final int EPOLL_DATA_AT = IS_X86 ? 4 : 8;

  /** The calls themselves; apart, so that a machine without them fails here and not elsewhere. */
  private static final class Handles {
    static final StructLayout STATE = Linker.Option.captureStateLayout();
    static final VarHandle ERRNO = STATE.varHandle(PathElement.groupElement("errno"));

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout POINTER = ValueLayout.ADDRESS;

    static final MethodHandle SOCKET = find("socket", FunctionDescriptor.of(INT, INT, INT, INT));
    static final MethodHandle BIND = find("bind", FunctionDescriptor.of(INT, INT, POINTER, INT));
    static final MethodHandle GETSOCKNAME =
        find("getsockname", FunctionDescriptor.of(INT, INT, POINTER, POINTER));
    static final MethodHandle SETSOCKOPT =
        find("setsockopt", FunctionDescriptor.of(INT, INT, INT, INT, POINTER, INT));
    static final MethodHandle GETSOCKOPT =
        find("getsockopt", FunctionDescriptor.of(INT, INT, INT, INT, POINTER, POINTER));
    static final MethodHandle RECVMMSG =
        find("recvmmsg", FunctionDescriptor.of(INT, INT, LONG, INT, INT, LONG));
    static final MethodHandle RECVMSG =
        find("recvmsg", FunctionDescriptor.of(LONG, INT, POINTER, INT));
    static final MethodHandle SENDMMSG =
        find("sendmmsg", FunctionDescriptor.of(INT, INT, LONG, INT, INT));
    static final MethodHandle SENDTO =
        find("sendto", FunctionDescriptor.of(LONG, INT, LONG, LONG, INT, LONG, INT));
    static final MethodHandle EPOLL_CREATE = find("epoll_create1", FunctionDescriptor.of(INT, INT));
    static final MethodHandle EPOLL_CTL =
        find("epoll_ctl", FunctionDescriptor.of(INT, INT, INT, INT, POINTER));
    static final MethodHandle EPOLL_WAIT =
        find("epoll_wait", FunctionDescriptor.of(INT, INT, POINTER, INT, INT));
    static final MethodHandle EVENTFD = find("eventfd", FunctionDescriptor.of(INT, INT, INT));
    static final MethodHandle EVENTFD_READ =
        find("eventfd_read", FunctionDescriptor.of(INT, INT, POINTER));
    static final MethodHandle EVENTFD_WRITE =
        find("eventfd_write", FunctionDescriptor.of(INT, INT, LONG));
    static final MethodHandle MMAP =
        find("mmap", FunctionDescriptor.of(LONG, LONG, LONG, INT, INT, INT, LONG));
    static final MethodHandle MUNMAP = find("munmap", FunctionDescriptor.of(INT, LONG, LONG));
    static final MethodHandle CLOSE = find("close", FunctionDescriptor.of(INT, INT));

    private static MethodHandle find(String name, FunctionDescriptor descriptor) {
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(
          linker.defaultLookup().findOrThrow(name),
          descriptor,
          Linker.Option.captureCallState("errno"));
    }
  }

  private final MemorySegment state;

  LinuxCalls(Arena arena) {
    state = arena.allocate(Handles.STATE);
  }

  /** Whether this is a Linux whose structures are known and whose calls can be found. */
  static boolean isAvailable() {
    String architecture = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    if (!System.getProperty("os.name", "").equals("Linux")
        || !(architecture.equals("amd64") || architecture.equals("aarch64"))
        || ValueLayout.ADDRESS.byteSize() != Long.BYTES
        || ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      return false;
    }
    try {
      return Handles.ERRNO != null;
    } catch (LinkageError e) {
      // Native access is forbidden to us, or the C library lacks a call.
      return false;
    }
  }

  /** The error number of the last call that failed. */
  int errno() {
    return (int) Handles.ERRNO.get(state, 0L);
  }

  /** A UDP socket that never blocks; -1 when there are no more descriptors. */
  int udpSocket(int family) {
    try {
      return (int)
          Handles.SOCKET.invokeExact(state, family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    } catch (Throwable e) {
      throw broken("socket", e);
    }
  }

  /** A counter that wakes a wait, for other threads. */
  int eventCounter() throws IOException {
    int fd;
    try {
      fd = (int) Handles.EVENTFD.invokeExact(state, 0, EFD_NONBLOCK | EFD_CLOEXEC);
    } catch (Throwable e) {
      throw broken("eventfd", e);
    }
    return checked("eventfd", fd);
  }

  int epoll() throws IOException {
    int fd;
    try {
      fd = (int) Handles.EPOLL_CREATE.invokeExact(state, EPOLL_CLOEXEC);
    } catch (Throwable e) {
      throw broken("epoll_create1", e);
    }
    return checked("epoll_create1", fd);
  }

  /** Binds; the result is 0 or -1. */
  int bind(int fd, MemorySegment address, int length) {
    try {
      return (int) Handles.BIND.invokeExact(state, fd, address, length);
    } catch (Throwable e) {
      throw broken("bind", e);
    }
  }

  /** Reads the address that a socket is bound to; the result is 0 or -1. */
  int localAddress(int fd, MemorySegment address, MemorySegment length) {
    try {
      return (int) Handles.GETSOCKNAME.invokeExact(state, fd, address, length);
    } catch (Throwable e) {
      throw broken("getsockname", e);
    }
  }

  /** Sets an option with a number as its value; false when the system refuses. */
  boolean setOption(int fd, int level, int option, int value, MemorySegment scratch) {
    scratch.set(ValueLayout.JAVA_INT, 0, value);
    try {
      return (int) Handles.SETSOCKOPT.invokeExact(state, fd, level, option, scratch, Integer.BYTES)
          == 0;
    } catch (Throwable e) {
      throw broken("setsockopt", e);
    }
  }

  /** Datagrams that the system dropped because the receive buffer of a socket was full. */
  long overflowed(int fd) {
    int words = 9;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(ValueLayout.JAVA_INT, words);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, words * Integer.BYTES);
      int result =
          (int) Handles.GETSOCKOPT.invokeExact(state, fd, SOL_SOCKET, SO_MEMINFO, info, length);
      boolean isTold = result == 0 && length.get(ValueLayout.JAVA_INT, 0) == words * Integer.BYTES;
      return isTold ? Integer.toUnsignedLong(info.getAtIndex(ValueLayout.JAVA_INT, words - 1)) : 0;
    } catch (Throwable e) {
      throw broken("getsockopt", e);
    }
  }

  /** Receives into {@code count} message headers at an address; the number received, or -1. */
  int receive(int fd, long headers, int count) {
    try {
      return (int) Handles.RECVMMSG.invokeExact(state, fd, headers, count, MSG_DONTWAIT, 0L);
    } catch (Throwable e) {
      throw broken("recvmmsg", e);
    }
  }

  /** Receives one message of a socket's queue of errors; its length, or -1. */
  long receiveError(int fd, MemorySegment header) {
    try {
      return (long) Handles.RECVMSG.invokeExact(state, fd, header, MSG_ERRQUEUE | MSG_DONTWAIT);
    } catch (Throwable e) {
      throw broken("recvmsg", e);
    }
  }

  /** Sends {@code count} messages; the number sent, or -1 when the first cannot be. */
  int send(int fd, long headers, int count) {
    try {
      return (int) Handles.SENDMMSG.invokeExact(state, fd, headers, count, MSG_DONTWAIT);
    } catch (Throwable e) {
      throw broken("sendmmsg", e);
    }
  }

  /**
   * Sends one datagram of one piece, which spares the kernel reading headers and vectors.
   *
   * @return -1 when it cannot be sent
   */
  long send(int fd, long bytes, long length, long address, int addressLength) {
    try {
      return (long)
          Handles.SENDTO.invokeExact(
              state, fd, bytes, length, MSG_DONTWAIT, address, addressLength);
    } catch (Throwable e) {
      throw broken("sendto", e);
    }
  }

  /** Adds a descriptor; false when the system has no room for it. */
  boolean watch(int epoll, int fd, int events, long data, MemorySegment scratch) {
    scratch.set(ValueLayout.JAVA_INT, 0, events);
    scratch.set(ValueLayout.JAVA_LONG_UNALIGNED, EPOLL_DATA_AT, data);
    return control(epoll, EPOLL_CTL_ADD, fd, scratch) == 0;
  }

  void unwatch(int epoll, int fd, MemorySegment scratch) {
    int ignored = control(epoll, EPOLL_CTL_DEL, fd, scratch);
  }

  private int control(int epoll, int operation, int fd, MemorySegment event) {
    try {
      return (int) Handles.EPOLL_CTL.invokeExact(state, epoll, operation, fd, event);
    } catch (Throwable e) {
      throw broken("epoll_ctl", e);
    }
  }

  /** Waits for events; how many there are, or -1. */
  int await(int epoll, MemorySegment events, int count, int timeoutMillis) {
    try {
      return (int) Handles.EPOLL_WAIT.invokeExact(state, epoll, events, count, timeoutMillis);
    } catch (Throwable e) {
      throw broken("epoll_wait", e);
    }
  }

  static int events(MemorySegment events, int index) {
    return events.get(ValueLayout.JAVA_INT_UNALIGNED, (long) index * EPOLL_EVENT_BYTES);
  }

  static long data(MemorySegment events, int index) {
    return events.get(
        ValueLayout.JAVA_LONG_UNALIGNED, (long) index * EPOLL_EVENT_BYTES + EPOLL_DATA_AT);
  }

  /**
   * Memory that takes none until it is written to, page by page; {@link Arena#allocate} would write
   * zeros to all of it.
   *
   * @param arena gives it back when it ends
   */
  MemorySegment reserve(long bytes, Arena arena) {
    long address;
    try {
      address =
          (long)
              Handles.MMAP.invokeExact(
                  state,
                  0L,
                  bytes,
                  PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                  -1,
                  0L);
    } catch (Throwable e) {
      throw broken("mmap", e);
    }
    if (address == -1) {
      throw new IllegalStateException("mmap failed with error number " + errno());
    }
    return MemorySegment.ofAddress(address).reinterpret(bytes, arena, LinuxCalls::giveBack);
  }

  private static void giveBack(MemorySegment memory) {
    try (Arena own = Arena.ofConfined()) {
      int ignored =
          (int)
              Handles.MUNMAP.invokeExact(
                  own.allocate(Handles.STATE), memory.address(), memory.byteSize());
    } catch (Throwable e) {
      throw broken("munmap", e);
    }
  }

  /** Adds one to an event counter. */
  void addEvent(int fd) {
    try {
      int ignored = (int) Handles.EVENTFD_WRITE.invokeExact(state, fd, 1L);
    } catch (Throwable e) {
      throw broken("eventfd_write", e);
    }
  }

  /** Sets an event counter to zero. */
  void clearEvents(int fd, MemorySegment number) {
    try {
      int ignored = (int) Handles.EVENTFD_READ.invokeExact(state, fd, number);
    } catch (Throwable e) {
      throw broken("eventfd_read", e);
    }
  }

  void close(int fd) {
    try {
      int ignored = (int) Handles.CLOSE.invokeExact(state, fd);
    } catch (Throwable e) {
      throw broken("close", e);
    }
  }

  private int checked(String what, int result) throws IOException {
    if (result < 0) {
      throw new IOException(what + " failed with error number " + errno());
    }
    return result;
  }

  private static IllegalStateException broken(String call, Throwable cause) {
    return new IllegalStateException(call + " cannot be called", cause);
  }
}
