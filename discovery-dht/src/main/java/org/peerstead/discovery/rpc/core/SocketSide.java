package org.peerstead.discovery.rpc.core;

/**
 * The two sockets of a node. A node behind a firewall asks from the one and listens on the other,
 * so that an answer on the listening socket proves that strangers can reach it.
 */
public enum SocketSide {
  /** The configured port, on which a serving node is reached. */
  SERVER,
  /** Any port; requests of a node that may be firewalled leave from here. */
  CLIENT
}
