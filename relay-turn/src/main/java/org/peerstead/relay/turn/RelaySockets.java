package org.peerstead.relay.turn;

import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpFamily;

/** Opens the sockets of allocations. Used by the engine's owner thread. */
public interface RelaySockets {
  /**
   * Binds a socket to the relay address of a family.
   *
   * @param owner hears what arrives; on the owner thread of the engine
   * @return null when the port is taken by another program or the system has no more descriptors
   */
  @Nullable RelaySocket open(IpFamily family, int port, PeerSink owner);

  /** Whether single datagrams can be sent with DF set. */
  boolean canForbidFragments();
}
