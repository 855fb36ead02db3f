package org.peerstead.relay.turn;

/** Why an allocation ended. */
public enum EndReason {
  /** The client asked for it: Refresh with a lifetime of 0. */
  RELEASED,
  /** The client did not refresh it in time. */
  EXPIRED,
  /** The client's connection ended. */
  DISCONNECTED,
  /** An operator ended it. */
  ENDED_BY_OPERATOR,
  /** The relay stops. */
  SHUTDOWN
}
