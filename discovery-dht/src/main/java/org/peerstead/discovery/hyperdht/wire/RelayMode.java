package org.peerstead.discovery.hyperdht.wire;

import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.EncodingException;

/** How far a handshake or hole punch message has come; the ordinal is the number on the wire. */
public enum RelayMode {
  /** From the client to the server itself or to a node that may know a way. */
  FROM_CLIENT,
  /** The server's answer, to the node that relayed the message. */
  FROM_SERVER,
  /** From a node to the server, or to a node nearer to it. */
  FROM_RELAY,
  /** From a second node to the server. */
  FROM_SECOND_RELAY,
  /** The answer to the client; only in responses. */
  REPLY;

  private static final RelayMode[] ALL = values();

  static RelayMode read(CompactReader reader) throws EncodingException {
    long number = reader.uint();
    if (number >= ALL.length) {
      throw new EncodingException(
          EncodingException.Reason.UNKNOWN_TYPE, "mode " + number + " outside 0-4");
    }
    return ALL[(int) number];
  }
}
