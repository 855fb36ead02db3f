package org.peerstead.gateway.core;

import java.util.Locale;

/** Input that was not taken although its frame could be read; for counting. */
public enum Rejection {
  /** The message's sender is not the peer that joined on this socket. */
  SENDER_NOT_BOUND,
  /** An ephemeral message that was seen before; clients echo each one, so this is normal. */
  EPHEMERAL_SEEN,
  /** The document id is neither base58check nor a UUID. */
  INVALID_DOCUMENT_ID,
  /** The session uses as many documents as it may. */
  TOO_MANY_DOCUMENTS,
  /** The session subscribed to as many storages as it may. */
  TOO_MANY_SUBSCRIPTIONS,
  /** A message type that only servers send. */
  UNEXPECTED_TYPE,
  /** The session joined with a protocol version this server does not speak. */
  UNSUPPORTED_VERSION,
  /** Another user holds the peer id. */
  PEER_ID_TAKEN,
  /** The session sends faster than it may; it was made to wait. */
  THROTTLED,
  /** crdt-merge did not take the message; its own counters say why. */
  REFUSED;

  /** Value of the {@code reason} tag. */
  public String tag() {
    return name().toLowerCase(Locale.ROOT);
  }
}
