package org.peerstead.relay.turn;

/** A TCP connection between a peer and a TCP allocation (RFC 6062). Used by the owner thread. */
public interface PeerConnection {
  /**
   * Joins it with a client's data connection: from now on both are raw bytes, each way in order,
   * with back-pressure; what waited is sent first; either end closing closes the other.
   *
   * @param data whose next bytes, after the request that asked for this, belong to the peer
   * @return false when the peer has gone meanwhile
   */
  boolean join(ConnectionPath data);

  void close();
}
