package org.peerstead.discovery.rpc.wire;

/** Numbers of the commands that every dht-rpc node answers; other numbers get an error. */
public final class InternalCommand {
  /** Answered with a bare response. */
  public static final int PING = 0;

  /** The response goes to another port of the sender, which tests whether it can be reached. */
  public static final int PING_NAT = 1;

  /** Answered with the nodes closest to the target. */
  public static final int FIND_NODE = 2;

  /** Names a node that did not answer the sender. */
  public static final int DOWN_HINT = 3;

  /** Answered after a delay that the value gives. */
  public static final int DELAYED_PING = 4;

  private InternalCommand() {}
}
