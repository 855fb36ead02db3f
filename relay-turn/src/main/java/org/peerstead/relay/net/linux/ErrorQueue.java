package org.peerstead.relay.net.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.turn.PeerSink;

/**
 * Reads the ICMP errors that the kernel keeps for a socket (ip(7), {@code IP_RECVERR}). Not
 * thread-safe.
 *
 * <pre>
 * sock_extended_err   0 errno u32, 4 origin u8, 5 type u8, 6 code u8, 7 unused, 8 info u32, 12 data u32
 * </pre>
 */
final class ErrorQueue {
  private static final int MAX_PER_ROUND = 16;
  private static final int CONTROL_BYTES = 512;
  private static final int CMSG_HEADER_BYTES = 16;
  private static final int ORIGIN_ICMP = 2;
  private static final int ORIGIN_ICMP6 = 3;
  private static final int DATA_BYTES = 64;

  private final MemorySegment header;
  private final MemorySegment name;
  private final MemorySegment control;

  ErrorQueue(Arena arena) {
    header = arena.allocate(ReceiveRing.HEADER_BYTES, Long.BYTES);
    name = arena.allocate(SocketAddress.SLOT_BYTES, Long.BYTES);
    control = arena.allocate(CONTROL_BYTES, Long.BYTES);
    MemorySegment vector = arena.allocate(ReceiveRing.IOVEC_BYTES, Long.BYTES);
    MemorySegment data = arena.allocate(DATA_BYTES, Long.BYTES);
    vector.set(ValueLayout.JAVA_LONG, 0, data.address());
    vector.set(ValueLayout.JAVA_LONG, 8, (long) DATA_BYTES);
    header.set(ValueLayout.JAVA_LONG, 0, name.address());
    header.set(ValueLayout.JAVA_LONG, 16, vector.address());
    header.set(ValueLayout.JAVA_LONG, 24, 1L);
    header.set(ValueLayout.JAVA_LONG, 32, control.address());
  }

  /** Takes what is there, some of it at most. */
  void read(LinuxCalls calls, LinuxSocket socket, PeerSink owner, long nowNanos) {
    for (int i = 0; i < MAX_PER_ROUND; i++) {
      header.set(ValueLayout.JAVA_INT, ReceiveRing.NAME_LENGTH_AT, SocketAddress.SLOT_BYTES);
      header.set(ValueLayout.JAVA_LONG, 40, (long) CONTROL_BYTES);
      if (calls.receiveError(socket.fd, header) < 0) {
        return;
      }
      tell(socket.family, owner, nowNanos);
    }
  }

  private void tell(IpFamily family, PeerSink owner, long nowNanos) {
    int level = family == IpFamily.V4 ? LinuxCalls.IPPROTO_IP : LinuxCalls.IPPROTO_IPV6;
    int type = family == IpFamily.V4 ? LinuxCalls.IP_RECVERR : LinuxCalls.IPV6_RECVERR;
    long end = Math.min(header.get(ValueLayout.JAVA_LONG, 40), CONTROL_BYTES);
    long at = 0;
    while (at + CMSG_HEADER_BYTES + 16 <= end) {
      long length = control.get(ValueLayout.JAVA_LONG, at);
      if (length < CMSG_HEADER_BYTES || at + length > end) {
        return;
      }
      if (control.get(ValueLayout.JAVA_INT, at + 8) == level
          && control.get(ValueLayout.JAVA_INT, at + 12) == type) {
        long error = at + CMSG_HEADER_BYTES;
        int origin = control.get(ValueLayout.JAVA_BYTE, error + 4);
        if (origin == ORIGIN_ICMP || origin == ORIGIN_ICMP6) {
          int icmpType = control.get(ValueLayout.JAVA_BYTE, error + 5) & 0xff;
          int icmpCode = control.get(ValueLayout.JAVA_BYTE, error + 6) & 0xff;
          boolean isTooBig = family == IpFamily.V4 ? icmpType == 3 && icmpCode == 4 : icmpType == 2;
          owner.unreachable(
              SocketAddress.high(name, 0, family),
              SocketAddress.low(name, 0, family),
              SocketAddress.port(name, 0),
              icmpType,
              icmpCode,
              isTooBig ? control.get(ValueLayout.JAVA_INT, error + 8) : 0,
              nowNanos);
        }
      }
      at += (length + 7) & ~7L;
    }
  }
}
