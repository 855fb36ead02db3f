package org.peerstead.discovery.rpc.core;

import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * What happens inside a node, for metrics and operators. Called by the owner thread; must be quick.
 */
public interface RpcListener {
  /** A listener that ignores everything. */
  RpcListener NONE = new RpcListener() {};

  /** How a request of another node was ended. Names are metric labels. */
  enum Outcome {
    /** Answered without an error. */
    ANSWERED,
    /** Answered with an error. */
    REFUSED,
    /** Passed on to another node, or an answer passed back. */
    FORWARDED,
    /** Not answered. */
    DROPPED
  }

  /** A request was ended. */
  default void requestEnded(boolean internal, long command, Outcome outcome) {}

  /** A datagram or request got no answer. */
  default void dropped(DropReason reason, NodeAddress from) {}

  /** A request of ours was answered after {@code roundTripNanos}. */
  default void answered(NodeAddress from, long roundTripNanos) {}

  /** A request of ours was not answered, all retries included. */
  default void timedOut(NodeAddress to) {}

  /** A request of ours was sent again. */
  default void retried(NodeAddress to) {}

  /** Requests of ours wait because too many are unanswered. */
  default void congested(int waiting) {}

  /** A node that is not in the routing table asked something; it is asked in turn. */
  default void strangerAsked(NodeAddress node) {}

  /** A node entered the routing table. */
  default void nodeAdded(NodeAddress node) {}

  /** A node left the routing table. */
  default void nodeRemoved(NodeAddress node) {}

  /** The node is known to {@code address} and serves others from now on. */
  default void becamePersistent(NodeAddress address, Fixed32 id) {}

  /** The node stopped serving others: it slept, or its address changed. */
  default void becameEphemeral() {}

  /** Whether strangers reach the server socket was found out. */
  default void firewallChecked(boolean firewalled) {}

  /** The node thinks otherwise about whether the network is there. */
  default void connectivityChanged(Connectivity connectivity) {}

  /** The machine slept; everything learned before is old. */
  default void wokeUp() {}
}
