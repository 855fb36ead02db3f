package org.peerstead.discovery.rpc.core;

/** What a node makes of the answers it gets. */
public enum Connectivity {
  /** Others answer, or the node has not asked enough to tell. */
  ONLINE,
  /** More than half of the requests stay without an answer. */
  DEGRADED,
  /** Nobody answers. */
  OFFLINE
}
