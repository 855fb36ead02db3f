package org.peerstead.relay.turn;

/** Why something that arrived was not relayed or answered. */
public enum DropReason {
  /** Not STUN, or STUN that breaks its rules. */
  MALFORMED,
  /** A response, an unknown method, or an indication that makes no sense here. */
  UNEXPECTED,
  /** Data of a client that has no allocation. */
  NO_ALLOCATION,
  /** ChannelData for a number that is not bound. */
  CHANNEL_UNBOUND,
  /** From a client to a peer that it has no permission for. */
  NO_PERMISSION,
  /** From a peer that the client gave no permission to. */
  PEER_NOT_PERMITTED,
  /** A Send indication without an address, without data or with an unknown required attribute. */
  INCOMPLETE,
  /** To a port that the peer policy forbids. */
  PORT_FORBIDDEN,
  /** To a peer of a family that the allocation does not have. */
  FAMILY_MISMATCH,
  /** More bytes than the user, the source or the whole relay may relay. */
  BANDWIDTH,
  /** Does not fit into a packet to the other side. */
  TOO_LARGE,
  /** The client reads too slowly. */
  SLOW_CLIENT,
  /** An answer to a source that asked too often without credentials. */
  RATE_LIMITED,
  /** Too much on its way to another loop after a client changed its address. */
  HANDOVER_FULL
}
