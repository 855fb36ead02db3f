package org.peerstead.discovery.hyperdht.wire;

/** What a peer knows about the firewall before it, as numbers of Noise and hole punch payloads. */
public final class Firewall {
  /** Not known yet. */
  public static final int UNKNOWN = 0;

  /** None: strangers reach the peer at its public address. */
  public static final int OPEN = 1;

  /** The same external port towards everyone. */
  public static final int CONSISTENT = 2;

  /** Another external port towards everyone. */
  public static final int RANDOM = 3;

  private Firewall() {}
}
