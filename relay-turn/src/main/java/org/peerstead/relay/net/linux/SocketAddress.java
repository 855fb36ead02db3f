package org.peerstead.relay.net.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.peerstead.relay.stun.IpFamily;

/**
 * {@code sockaddr_in} and {@code sockaddr_in6} in memory.
 *
 * <pre>
 * sockaddr_in, 16 bytes    0 family u16, 2 port u16 BE, 4 address u32 BE, 8 zero
 * sockaddr_in6, 28 bytes   0 family u16, 2 port u16 BE, 4 flow u32, 8 address, 24 scope u32
 * </pre>
 */
final class SocketAddress {
  /** Room for either, aligned. */
  static final int SLOT_BYTES = 32;

  static final int V4_BYTES = 16;
  static final int V6_BYTES = 28;

  private static final ValueLayout.OfShort SHORT_BE =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT_BE =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong LONG_BE =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);

  private SocketAddress() {}

  static int length(IpFamily family) {
    return family == IpFamily.V4 ? V4_BYTES : V6_BYTES;
  }

  static int number(IpFamily family) {
    return family == IpFamily.V4 ? LinuxCalls.AF_INET : LinuxCalls.AF_INET6;
  }

  static void write(
      MemorySegment memory, long offset, IpFamily family, long high, long low, int port) {
    memory.set(SHORT_BE, offset + 2, (short) port);
    if (family == IpFamily.V4) {
      memory.set(ValueLayout.JAVA_SHORT, offset, (short) LinuxCalls.AF_INET);
      memory.set(INT_BE, offset + 4, (int) low);
      memory.set(ValueLayout.JAVA_LONG, offset + 8, 0L);
    } else {
      memory.set(ValueLayout.JAVA_SHORT, offset, (short) LinuxCalls.AF_INET6);
      memory.set(ValueLayout.JAVA_INT, offset + 4, 0);
      memory.set(LONG_BE, offset + 8, high);
      memory.set(LONG_BE, offset + 16, low);
      memory.set(ValueLayout.JAVA_INT, offset + 24, 0);
    }
  }

  static int port(MemorySegment memory, long offset) {
    return memory.get(SHORT_BE, offset + 2) & 0xffff;
  }

  static long high(MemorySegment memory, long offset, IpFamily family) {
    return family == IpFamily.V4 ? 0 : memory.get(LONG_BE, offset + 8);
  }

  static long low(MemorySegment memory, long offset, IpFamily family) {
    return family == IpFamily.V4
        ? memory.get(INT_BE, offset + 4) & 0xffff_ffffL
        : memory.get(LONG_BE, offset + 16);
  }
}
