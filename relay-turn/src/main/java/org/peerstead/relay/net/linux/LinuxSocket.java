package org.peerstead.relay.net.linux;

import org.peerstead.relay.stun.IpFamily;

/** A bound UDP socket of a loop, with what is queued on it in the current round. */
class LinuxSocket {
  static final int NONE = -1;

  final int fd;
  final IpFamily family;

  /** Chain of the round's flows in the {@link SendQueue}. */
  int firstFlow = NONE;

  int lastFlow = NONE;

  /** Longest datagram that the kernel cuts for us; 0 when it cannot on this way. */
  int maxSegment = 65_535;

  LinuxSocket(int fd, IpFamily family) {
    this.fd = fd;
    this.family = family;
  }
}
