package org.peerstead.relay.net.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;

/** Opens, sets up and binds UDP sockets. Not thread-safe. */
final class SocketOpener {
  /** A burst of a video key frame for each of several peers. */
  private static final int RELAY_BUFFER_BYTES = 1 << 20;

  private final LinuxCalls calls;
  private final MemorySegment address;
  private final MemorySegment number;

  SocketOpener(LinuxCalls calls, Arena arena) {
    this.calls = calls;
    address = arena.allocate(SocketAddress.SLOT_BYTES, Long.BYTES);
    number = arena.allocate(Long.BYTES, Long.BYTES);
  }

  /**
   * A listener that shares its address with those of other loops.
   *
   * @throws IOException when it cannot be had
   */
  int listener(TransportAddress wanted, int receiveBufferBytes, int sendBufferBytes)
      throws IOException {
    int fd = calls.udpSocket(SocketAddress.number(wanted.ip().family()));
    if (fd < 0) {
      throw new IOException("no socket for " + wanted + ": error number " + calls.errno());
    }
    set(fd, LinuxCalls.SOL_SOCKET, LinuxCalls.SO_REUSEPORT, 1);
    prepare(
        fd, wanted.ip().family(), receiveBufferBytes, sendBufferBytes, LinuxCalls.PMTUDISC_WANT);
    if (!bind(fd, wanted)) {
      int errno = calls.errno();
      calls.close(fd);
      throw new IOException(
          "cannot listen on "
              + wanted
              + ": "
              + (errno == LinuxCalls.EADDRINUSE
                  ? "Address already in use"
                  : "error number " + errno));
    }
    return fd;
  }

  /** A socket that relays; -1 when the port is taken or there are no more descriptors. */
  int relay(TransportAddress wanted) {
    IpFamily family = wanted.ip().family();
    int fd = calls.udpSocket(SocketAddress.number(family));
    if (fd < 0) {
      return -1;
    }
    // What comes from a client unfragmented may be fragmented to its peer (RFC 8656 section 14).
    prepare(fd, family, RELAY_BUFFER_BYTES, RELAY_BUFFER_BYTES, LinuxCalls.PMTUDISC_DONT);
    if (family == IpFamily.V4) {
      set(fd, LinuxCalls.IPPROTO_IP, LinuxCalls.IP_RECVERR, 1);
    } else {
      set(fd, LinuxCalls.IPPROTO_IPV6, LinuxCalls.IPV6_RECVERR, 1);
    }
    if (!bind(fd, wanted)) {
      calls.close(fd);
      return -1;
    }
    return fd;
  }

  /** Whether the kernel cuts messages; those before 4.18 would send a long one as it is. */
  boolean canSegment(int fd) {
    return calls.setOption(fd, LinuxCalls.SOL_UDP, LinuxCalls.UDP_SEGMENT, 0, number);
  }

  private void prepare(
      int fd, IpFamily family, int receiveBufferBytes, int sendBufferBytes, int discovery) {
    set(fd, LinuxCalls.SOL_SOCKET, LinuxCalls.SO_RCVBUF, receiveBufferBytes);
    set(fd, LinuxCalls.SOL_SOCKET, LinuxCalls.SO_SNDBUF, sendBufferBytes);
    // What the network card or the sender's kernel holds together arrives in one piece.
    set(fd, LinuxCalls.SOL_UDP, LinuxCalls.UDP_GRO, 1);
    if (family == IpFamily.V4) {
      set(fd, LinuxCalls.IPPROTO_IP, LinuxCalls.IP_MTU_DISCOVER, discovery);
    } else {
      set(fd, LinuxCalls.IPPROTO_IPV6, LinuxCalls.IPV6_V6ONLY, 1);
      set(fd, LinuxCalls.IPPROTO_IPV6, LinuxCalls.IPV6_MTU_DISCOVER, discovery);
    }
  }

  /** Some systems refuse some of these; the socket works without. */
  private void set(int fd, int level, int option, int value) {
    boolean ignored = calls.setOption(fd, level, option, value, number);
  }

  private boolean bind(int fd, TransportAddress wanted) {
    IpFamily family = wanted.ip().family();
    SocketAddress.write(address, 0, family, wanted.ip().high(), wanted.ip().low(), wanted.port());
    return calls.bind(fd, address, SocketAddress.length(family)) == 0;
  }

  /** The port that a socket is bound to. */
  int port(int fd) throws IOException {
    number.set(ValueLayout.JAVA_INT, 0, SocketAddress.SLOT_BYTES);
    if (calls.localAddress(fd, address, number) < 0) {
      throw new IOException("getsockname failed with error number " + calls.errno());
    }
    return SocketAddress.port(address, 0);
  }
}
