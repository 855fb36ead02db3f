package org.peerstead.hypercore.net;

import org.peerstead.securestream.stream.StreamException;

/** Why a connection is over; fit for a metric label. */
public enum CloseReason {
  /** We wanted it closed. */
  CLOSED_LOCALLY,
  /** The other side ended it in an orderly way. */
  CLOSED_BY_PEER,
  /** This node stops. */
  SHUTDOWN,
  /** A connection attempt that no socket came from. */
  CONNECT_FAILED,
  /** The other side reset the socket, or the socket failed. */
  SOCKET_FAILED,
  /** No proven peer within the configured time. */
  HANDSHAKE_TIMEOUT,
  /** Bytes that are no handshake of this protocol, or of a key that proves nothing. */
  HANDSHAKE_FAILED,
  /** The other side ended it inside a frame or before the handshake was complete. */
  ENDED_EARLY,
  /** The peer that answered is not the one that was dialled. */
  WRONG_REMOTE_KEY,
  /** A frame longer than the limit or too short to be one. */
  BAD_FRAME,
  /** A message that was changed, repeated or made with another key. */
  AUTHENTICATION_FAILED,
  /** Nothing arrived for the configured time. */
  IDLE,
  /** The peer does not take what it asked for. */
  SLOW_READER,
  /** The owner found what the peer says to be against the protocol. */
  PROTOCOL,
  /** Too many connections, in total or from one address. */
  TOO_MANY_CONNECTIONS,
  /** A fault of ours. */
  INTERNAL;

  static CloseReason of(StreamException.Reason reason) {
    return switch (reason) {
      case BAD_LENGTH -> BAD_FRAME;
      case HANDSHAKE_FAILED, BAD_HEADER -> HANDSHAKE_FAILED;
      case AUTHENTICATION_FAILED -> AUTHENTICATION_FAILED;
      case ENDED_EARLY -> ENDED_EARLY;
      case TIMED_OUT -> IDLE;
    };
  }
}
