package org.peerstead.relay.turn;

/**
 * A TCP connection between a peer and a TCP allocation (RFC 6062). It may live on another loop than
 * the client's data connection; {@link #join} is called on the data connection's thread, {@link
 * #close} on any.
 */
public interface PeerConnection {
  /**
   * Joins it with a client's data connection: from now on both are raw bytes, each way in order,
   * with back-pressure; what waited is sent first; either end closing closes the other. Called
   * while the request that asked for it is handled, after its answer was sent: the data
   * connection's next byte belongs to the peer.
   *
   * @return false when the peer has gone meanwhile; then the data connection is to be closed
   */
  boolean join(ConnectionPath data);

  void close();
}
