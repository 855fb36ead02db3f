package org.peerstead.discovery.hyperdht.core;

/** Hears the end of a handshake: exactly one of the two methods is called, once. */
public interface HandshakeListener {
  /** Why there is no connection. */
  enum Failure {
    /** No node knows a way to the server. */
    PEER_NOT_FOUND,
    /**
     * The server did not answer through any of the nodes that know it, or the call was cancelled.
     */
    NO_ANSWER,
    /** The server's answer has another version. */
    INCOMPATIBLE,
    /** The server's answer is an error. */
    REFUSED
  }

  /** The server accepted. */
  void accepted(HandshakeResult result, long nowNanos);

  /**
   * It did not.
   *
   * @param error what the server said, see {@code HyperdhtError}; 0 when it said nothing
   */
  void failed(Failure why, long error, long nowNanos);
}
