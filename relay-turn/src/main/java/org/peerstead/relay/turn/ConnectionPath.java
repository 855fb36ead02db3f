package org.peerstead.relay.turn;

/**
 * A client over TCP, TLS or DTLS: made by the shell that accepted the connection, which calls
 * {@link RelayEngine#closed} exactly once when it ends.
 */
public abstract non-sealed class ConnectionPath extends ClientPath {
  /** Ends the connection after what is waiting has been sent. */
  public abstract void close();
}
