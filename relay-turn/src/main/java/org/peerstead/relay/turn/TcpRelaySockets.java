package org.peerstead.relay.turn;

import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpFamily;

/** Opens the listening sockets of TCP allocations (RFC 6062). Used by the owner thread. */
public interface TcpRelaySockets {
  /**
   * @return null when the port is taken
   */
  @Nullable TcpRelaySocket open(IpFamily family, int port, TcpPeerSink owner);
}
