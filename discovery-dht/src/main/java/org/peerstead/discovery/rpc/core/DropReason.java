package org.peerstead.discovery.rpc.core;

/** Why a datagram or request got no answer. Names are metric labels. */
public enum DropReason {
  /** Ends inside a field. */
  TRUNCATED,
  /** No dht-rpc packet of version 3. */
  NOT_RPC,
  /** A length or number that no packet may have. */
  LIMIT_EXCEEDED,
  /** Came from port 0, where nobody can be answered. */
  BAD_SOURCE,
  /** A response that nobody waits for: late, repeated or forged. */
  UNEXPECTED_RESPONSE,
  /** A response with the number of a request that went to another address. */
  WRONG_RESPONDER,
  /** A request without what its command needs. */
  INCOMPLETE_REQUEST,
  /** A value that is not what its command defines. */
  BAD_VALUE,
  /** A signature that does not hold. */
  BAD_SIGNATURE,
  /** A value that is not what its target says it is. */
  BAD_TARGET,
  /** Relaying without a known route to the server. */
  NO_ROUTE,
  /** Relaying to an address that the source has no business with. */
  BAD_DESTINATION,
  /** A server of this node did not want to answer, or could not read it. */
  REJECTED,
  /** A plugin that this node does not have. */
  UNKNOWN_PLUGIN,
  /** The source used up its share of what costs others. */
  RATE_LIMITED
}
