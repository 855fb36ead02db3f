package org.peerstead.relay.net.linux;

import org.peerstead.relay.stun.IpFamily;

/** A bound UDP socket of a loop, with what is queued on it in the current round. */
class LinuxSocket {
  static final int NONE = -1;
  static final int MAX_SEGMENT = 65_535;

  final int fd;
  final IpFamily family;

  /** Chain of the round's flows in the {@link SendQueue}. */
  int firstFlow = NONE;

  int lastFlow = NONE;

  /** Longest datagram that the kernel is asked to cut; 0 when it cannot cut any. */
  int maxSegment = MAX_SEGMENT;

  LinuxSocket(int fd, IpFamily family) {
    this.fd = fd;
    this.family = family;
  }
}
