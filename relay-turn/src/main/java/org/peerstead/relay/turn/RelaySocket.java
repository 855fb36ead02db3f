package org.peerstead.relay.turn;

import java.lang.foreign.MemorySegment;

/** A bound UDP socket that peers of an allocation see. Used by the engine's owner thread. */
public interface RelaySocket {
  /**
   * Sends a datagram to a peer of the socket's family. Losses are the shell's to count.
   *
   * @param high as in {@link org.peerstead.relay.stun.IpAddress#high()}
   * @param low as in {@link org.peerstead.relay.stun.IpAddress#low()}
   * @param memory valid until the shell flushes, as for {@link ClientPath}
   * @param dontFragment whether to set DF; only asked for when {@link
   *     RelaySockets#canForbidFragments()}
   */
  void send(
      long high,
      long low,
      int port,
      MemorySegment memory,
      long offset,
      int length,
      boolean dontFragment);

  /** What is queued is sent or dropped; the owner hears nothing more. */
  void close();
}
