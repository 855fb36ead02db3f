package org.peerstead.simulation.network;

/** The four classic kinds of network address translators. */
public enum NatKind {
  /** One public port per inner port; everybody may send to it. */
  FULL_CONE,
  /** One public port per inner port; hosts that were sent something may send to it. */
  RESTRICTED,
  /** One public port per inner port; host and port that were sent something may send to it. */
  PORT_RESTRICTED,
  /** Another public port for each destination, which alone may send to it. */
  SYMMETRIC
}
