package org.peerstead.securestream.noise;

/** Which side of a connection: the one that opened it, or the one that accepted it. */
public enum Role {
  /** Opened the connection and sends the first message. */
  INITIATOR,
  /** Accepted the connection. */
  RESPONDER;

  /** The other side. */
  public Role other() {
    return this == INITIATOR ? RESPONDER : INITIATOR;
  }
}
