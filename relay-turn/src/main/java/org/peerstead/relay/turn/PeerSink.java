package org.peerstead.relay.turn;

import java.lang.foreign.MemorySegment;

/** What hears a {@link RelaySocket}: one relayed transport address of an allocation. */
public interface PeerSink {
  /**
   * A datagram of a peer.
   *
   * @param high as in {@link org.peerstead.relay.stun.IpAddress#high()}
   * @param low as in {@link org.peerstead.relay.stun.IpAddress#low()}
   * @param memory valid until the shell flushes what the engine sent
   */
  void receive(
      long high, long low, int port, MemorySegment memory, long offset, int length, long nowNanos);

  /**
   * An ICMP error about a datagram that was sent to a peer (RFC 8656 section 11.5).
   *
   * @param data the MTU for "too big" messages, else 0
   */
  void unreachable(long high, long low, int port, int type, int code, int data, long nowNanos);
}
