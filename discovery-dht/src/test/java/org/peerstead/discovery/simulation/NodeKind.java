package org.peerstead.discovery.simulation;

/** What a participant is to others. */
public enum NodeKind {
  /** Everybody's first contact; its operator states its public address. */
  SEED,
  /** A machine in a data centre whose operator states the public address. */
  SERVER,
  /** A machine with a public address, or a forwarded port; finds that out and then serves. */
  OPEN,
  /** A machine behind a translator that tries to serve, and cannot. */
  HIDDEN,
  /** A machine behind a translator that only asks. */
  CLIENT
}
