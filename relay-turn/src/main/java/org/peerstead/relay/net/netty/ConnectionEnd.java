package org.peerstead.relay.net.netty;

/** Why a connection of a client ended, or was not wanted to begin with. */
public enum ConnectionEnd {
  /** The client closed it, or the network lost it. */
  CLIENT,
  /** The engine closed it. */
  ENGINE,
  /** What it carried is neither STUN nor ChannelData, or longer than a message may be. */
  FRAMING,
  /** It speaks HTTP. */
  HTTP,
  /** Its first byte belongs to no protocol of ours, or to one that is switched off. */
  PROTOCOL,
  /** The TLS handshake or a TLS record was refused. */
  TLS,
  /** A trusted proxy did not begin with a right header. */
  PROXY_HEADER,
  HANDSHAKE_TIMEOUT,
  FIRST_REQUEST_TIMEOUT,
  UNSETTLED_TIMEOUT,
  /** One message took too long to come. */
  FRAME_TIMEOUT,
  TOO_MANY,
  TOO_MANY_OF_SOURCE,
  TOO_MANY_UNSETTLED,
  /** The peer at the other end of a joined connection has closed it. */
  PEER,
  SHUTDOWN,
  /** A fault of ours. */
  FAILURE
}
