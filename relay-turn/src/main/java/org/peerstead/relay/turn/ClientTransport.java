package org.peerstead.relay.turn;

/** How a client reaches the relay. */
public enum ClientTransport {
  UDP,
  TCP,
  TLS,
  DTLS;

  /** Whether frames are delimited by their own length and arrive in order, or not at all. */
  public boolean isStream() {
    return this == TCP || this == TLS;
  }
}
