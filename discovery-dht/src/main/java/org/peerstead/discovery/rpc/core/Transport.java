package org.peerstead.discovery.rpc.core;

import org.peerstead.discovery.rpc.wire.NodeAddress;

/** Where packets of a node leave. Called by the owner thread only. */
public interface Transport {
  /**
   * Sends one datagram, or loses it: nothing is reported.
   *
   * @param packet the whole array; it must not be changed afterwards by either side
   */
  void send(SocketSide socket, NodeAddress to, byte[] packet);

  /** The UDP port that {@code socket} is bound to on this machine, 1 to 65535. */
  int localPort(SocketSide socket);
}
