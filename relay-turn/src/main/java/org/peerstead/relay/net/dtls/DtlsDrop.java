package org.peerstead.relay.net.dtls;

/** Why a datagram, or what should have become one, was dropped. */
public enum DtlsDrop {
  /** Records of a session that is not here. */
  UNKNOWN_SENDER,
  /** Not a DTLS record, or a message of the handshake that no client needs. */
  MALFORMED,
  /** More than a handshake takes at once. */
  HANDSHAKE_QUEUE,
  /** A wrong key, a record that was here before, or one of another time. */
  RECORD,
  /** The shell did not take it, or it is longer than a record may be. */
  NOT_SENT
}
