package org.peerstead.discovery.net;

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
 * The system calls of Linux that {@link LinuxDatagramSockets} makes, through the C library. The
 * constants and structures are those of 64-bit little-endian x86 and ARM, which agree.
 *
 * <p>Not thread-safe: an instance keeps the error number of its last call.
 */
final class LinuxCalls {
  static final int EINTR = 4;
  static final int EAGAIN = 11;
  static final int EADDRINUSE = 98;

  static final int MSG_DONTWAIT = 0x40;

  static final short POLLIN = 1;
  static final short POLLOUT = 4;
  static final short POLLERR = 8;

  static final int SOL_SOCKET = 1;
  static final int SO_SNDBUF = 7;
  static final int SO_RCVBUF = 8;
  static final int SO_MEMINFO = 55;
  static final int IPPROTO_IP = 0;
  static final int IP_MTU_DISCOVER = 10;

  /** Sets "don't fragment" and believes no ICMP message about smaller networks on the way. */
  static final int IP_PMTUDISC_PROBE = 3;

  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_NONBLOCK = 0x800;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int EFD_NONBLOCK = 0x800;
  private static final int EFD_CLOEXEC = 0x80000;

  /**
   * {@code struct sockaddr_in}: family u16, port u16 big-endian, address u32 big-endian, 8 zero.
   */
  static final int SOCKADDR_BYTES = 16;

  private static final ValueLayout.OfShort SHORT_BE =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT_BE =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN);

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
        find("recvmmsg", FunctionDescriptor.of(INT, INT, POINTER, INT, INT, POINTER));
    static final MethodHandle SENDMMSG =
        find("sendmmsg", FunctionDescriptor.of(INT, INT, POINTER, INT, INT));
    static final MethodHandle PPOLL =
        find("ppoll", FunctionDescriptor.of(INT, POINTER, LONG, POINTER, POINTER));
    static final MethodHandle EVENTFD = find("eventfd", FunctionDescriptor.of(INT, INT, INT));
    static final MethodHandle EVENTFD_READ =
        find("eventfd_read", FunctionDescriptor.of(INT, INT, POINTER));
    static final MethodHandle EVENTFD_WRITE =
        find("eventfd_write", FunctionDescriptor.of(INT, INT, LONG));
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

  /** A UDP socket for IPv4 that never blocks. */
  int udpSocket() throws IOException {
    int fd;
    try {
      fd =
          (int)
              Handles.SOCKET.invokeExact(
                  state, AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    } catch (Throwable e) {
      throw broken("socket", e);
    }
    return checked("socket", fd);
  }

  /** A counter that wakes a poll, for other threads. */
  int eventCounter() throws IOException {
    int fd;
    try {
      fd = (int) Handles.EVENTFD.invokeExact(state, 0, EFD_NONBLOCK | EFD_CLOEXEC);
    } catch (Throwable e) {
      throw broken("eventfd", e);
    }
    return checked("eventfd", fd);
  }

  /** Binds; false when the port is taken. */
  boolean bind(int fd, int host, int port) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(SOCKADDR_BYTES, Long.BYTES);
      writeAddress(address, 0, host, port);
      int result;
      try {
        result = (int) Handles.BIND.invokeExact(state, fd, address, SOCKADDR_BYTES);
      } catch (Throwable e) {
        throw broken("bind", e);
      }
      if (result < 0 && errno() == EADDRINUSE) {
        return false;
      }
      checked("bind to port " + port, result);
      return true;
    }
  }

  /** The port that a socket is bound to. */
  int boundPort(int fd) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(SOCKADDR_BYTES, Long.BYTES);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, SOCKADDR_BYTES);
      int result;
      try {
        result = (int) Handles.GETSOCKNAME.invokeExact(state, fd, address, length);
      } catch (Throwable e) {
        throw broken("getsockname", e);
      }
      checked("getsockname", result);
      return port(address, 0);
    }
  }

  /** Sets an option with a number as its value; false when the system refuses. */
  boolean setOption(int fd, int level, int option, int value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment number = arena.allocateFrom(ValueLayout.JAVA_INT, value);
      return (int) Handles.SETSOCKOPT.invokeExact(state, fd, level, option, number, Integer.BYTES)
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

  /** Receives into {@code count} message headers; the number received, or -1. */
  int receive(int fd, MemorySegment headers, int count) {
    try {
      return (int)
          Handles.RECVMMSG.invokeExact(state, fd, headers, count, MSG_DONTWAIT, MemorySegment.NULL);
    } catch (Throwable e) {
      throw broken("recvmmsg", e);
    }
  }

  /** Sends {@code count} messages; the number sent, or -1 when the first cannot be. */
  int send(int fd, MemorySegment headers, int count) {
    try {
      return (int) Handles.SENDMMSG.invokeExact(state, fd, headers, count, MSG_DONTWAIT);
    } catch (Throwable e) {
      throw broken("sendmmsg", e);
    }
  }

  /** Waits for events; the number of descriptors that have some, or -1. */
  int poll(MemorySegment descriptors, int count, MemorySegment timeout) {
    try {
      return (int)
          Handles.PPOLL.invokeExact(state, descriptors, (long) count, timeout, MemorySegment.NULL);
    } catch (Throwable e) {
      throw broken("ppoll", e);
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

  static void writeAddress(MemorySegment memory, long offset, int host, int port) {
    memory.set(ValueLayout.JAVA_SHORT, offset, (short) AF_INET);
    memory.set(SHORT_BE, offset + 2, (short) port);
    memory.set(INT_BE, offset + 4, host);
  }

  static int port(MemorySegment memory, long offset) {
    return memory.get(SHORT_BE, offset + 2) & 0xffff;
  }

  static int host(MemorySegment memory, long offset) {
    return memory.get(INT_BE, offset + 4);
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
