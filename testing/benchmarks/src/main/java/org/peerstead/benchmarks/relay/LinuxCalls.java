package org.peerstead.benchmarks.relay;

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

/**
 * The system calls of 64-bit Linux that the generator makes. Not thread-safe: an instance keeps the
 * error number of its last call.
 */
final class LinuxCalls {
  static final int EINTR = 4;
  static final int EAGAIN = 11;

  static final int SOL_SOCKET = 1;
  static final int SO_SNDBUFFORCE = 32;
  static final int SO_RCVBUFFORCE = 33;

  /** {@code struct sockaddr_in}: family u16, port u16 and address u32 big-endian, 8 zero. */
  static final int SOCKADDR_BYTES = 16;

  static final ValueLayout.OfShort SHORT_BE =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfInt INT_BE =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final int MSG_DONTWAIT = 0x40;
  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_NONBLOCK = 0x800;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SO_MEMINFO = 55;
  private static final int PR_SET_TIMERSLACK = 29;

  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = STATE.varHandle(PathElement.groupElement("errno"));

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final ValueLayout POINTER = ValueLayout.ADDRESS;

  private static final MethodHandle SOCKET =
      find("socket", FunctionDescriptor.of(INT, INT, INT, INT));
  private static final MethodHandle BIND =
      find("bind", FunctionDescriptor.of(INT, INT, POINTER, INT));
  private static final MethodHandle GETSOCKNAME =
      find("getsockname", FunctionDescriptor.of(INT, INT, POINTER, POINTER));
  private static final MethodHandle SETSOCKOPT =
      find("setsockopt", FunctionDescriptor.of(INT, INT, INT, INT, POINTER, INT));
  private static final MethodHandle GETSOCKOPT =
      find("getsockopt", FunctionDescriptor.of(INT, INT, INT, INT, POINTER, POINTER));
  private static final MethodHandle RECVMMSG =
      find("recvmmsg", FunctionDescriptor.of(INT, INT, POINTER, INT, INT, POINTER));
  private static final MethodHandle SENDMMSG =
      find("sendmmsg", FunctionDescriptor.of(INT, INT, POINTER, INT, INT));
  private static final MethodHandle PPOLL =
      find("ppoll", FunctionDescriptor.of(INT, POINTER, LONG, POINTER, POINTER));
  private static final MethodHandle PRCTL =
      find("prctl", FunctionDescriptor.of(INT, INT, LONG, LONG, LONG, LONG));
  private static final MethodHandle CLOCK_GETTIME =
      find("clock_gettime", FunctionDescriptor.of(INT, INT, POINTER));
  private static final MethodHandle CLOSE = find("close", FunctionDescriptor.of(INT, INT));

  private final MemorySegment state;

  LinuxCalls(Arena arena) {
    state = arena.allocate(STATE);
  }

  private static MethodHandle find(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        descriptor,
        Linker.Option.captureCallState("errno"));
  }

  /** The error number of the last call that failed. */
  int errno() {
    return (int) ERRNO.get(state, 0L);
  }

  /** A UDP socket for IPv4 that never blocks, bound to the address and any port. */
  int boundSocket(int host) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      int fd =
          checked(
              "socket",
              (int)
                  SOCKET.invokeExact(state, AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      MemorySegment address = arena.allocate(SOCKADDR_BYTES, Long.BYTES);
      writeAddress(address, 0, host, 0);
      checked("bind", (int) BIND.invokeExact(state, fd, address, SOCKADDR_BYTES));
      return fd;
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw broken("socket", e);
    }
  }

  /** The port that a socket is bound to. */
  int boundPort(int fd) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(SOCKADDR_BYTES, Long.BYTES);
      MemorySegment length = arena.allocateFrom(INT, SOCKADDR_BYTES);
      checked("getsockname", (int) GETSOCKNAME.invokeExact(state, fd, address, length));
      return port(address, 0);
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw broken("getsockname", e);
    }
  }

  /** Sets an option with a number as its value; false when the system refuses. */
  boolean setOption(int fd, int level, int option, int value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment number = arena.allocateFrom(INT, value);
      return (int) SETSOCKOPT.invokeExact(state, fd, level, option, number, Integer.BYTES) == 0;
    } catch (Throwable e) {
      throw broken("setsockopt", e);
    }
  }

  /** Datagrams that the system dropped because the receive buffer of a socket was full. */
  long overflowed(int fd) {
    int words = 9;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(INT, words);
      MemorySegment length = arena.allocateFrom(INT, words * Integer.BYTES);
      int result = (int) GETSOCKOPT.invokeExact(state, fd, SOL_SOCKET, SO_MEMINFO, info, length);
      return result == 0 ? Integer.toUnsignedLong(info.getAtIndex(INT, words - 1)) : 0;
    } catch (Throwable e) {
      throw broken("getsockopt", e);
    }
  }

  /** Receives into {@code count} message headers; the number received, or -1. */
  int receive(int fd, MemorySegment headers, int count) {
    try {
      return (int)
          RECVMMSG.invokeExact(state, fd, headers, count, MSG_DONTWAIT, MemorySegment.NULL);
    } catch (Throwable e) {
      throw broken("recvmmsg", e);
    }
  }

  /** Sends {@code count} messages; the number sent, or -1 when the first cannot be. */
  int send(int fd, MemorySegment headers, int count) {
    try {
      return (int) SENDMMSG.invokeExact(state, fd, headers, count, MSG_DONTWAIT);
    } catch (Throwable e) {
      throw broken("sendmmsg", e);
    }
  }

  /** Waits for events; the number of descriptors that have some, or -1. */
  int poll(MemorySegment descriptors, int count, MemorySegment timeout) {
    try {
      return (int) PPOLL.invokeExact(state, descriptors, (long) count, timeout, MemorySegment.NULL);
    } catch (Throwable e) {
      throw broken("ppoll", e);
    }
  }

  /** Lets timers of this thread fire on time instead of up to 50 us late. */
  void sharpTimers() {
    try {
      int ignored = (int) PRCTL.invokeExact(state, PR_SET_TIMERSLACK, 1L, 0L, 0L, 0L);
    } catch (Throwable e) {
      throw broken("prctl", e);
    }
  }

  /** The time of a clock in nanoseconds. */
  long clockNanos(int clock) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment timespec = arena.allocate(LONG, 2);
      checked("clock_gettime", (int) CLOCK_GETTIME.invokeExact(state, clock, timespec));
      return timespec.getAtIndex(LONG, 0) * 1_000_000_000L + timespec.getAtIndex(LONG, 1);
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw broken("clock_gettime", e);
    }
  }

  void close(int fd) {
    try {
      int ignored = (int) CLOSE.invokeExact(state, fd);
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
