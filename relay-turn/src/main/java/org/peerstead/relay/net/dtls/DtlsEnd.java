package org.peerstead.relay.net.dtls;

/** Why a session ended, or was not wanted to begin with. */
public enum DtlsEnd {
  /** The client said that it goes. */
  CLIENT,
  /** The engine closed it. */
  ENGINE,
  /** What it carried is neither STUN nor ChannelData. */
  FRAMING,
  /** A record that had the right key broke the protocol. */
  RECORD,
  /** Client and server found no way to agree. */
  HANDSHAKE,
  HANDSHAKE_TIMEOUT,
  /** The client began a new session from the same port. */
  REPLACED,
  UNSETTLED_TIMEOUT,
  TOO_MANY,
  TOO_MANY_OF_SOURCE,
  TOO_MANY_HANDSHAKES,
  TOO_MANY_HANDSHAKES_OF_SOURCE,
  SHUTDOWN,
  /** A fault of ours. */
  FAILURE
}
