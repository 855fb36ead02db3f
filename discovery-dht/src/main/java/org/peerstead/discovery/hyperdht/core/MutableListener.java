package org.peerstead.discovery.hyperdht.core;

import org.peerstead.discovery.hyperdht.wire.MutableValue;
import org.peerstead.discovery.rpc.core.QueryResult;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/** Watches a search for a mutable value. {@link #finished} comes once, after everything else. */
public interface MutableListener {
  /** A value that its owner signed, with a greater number than any before. */
  void found(MutableValue value, NodeAddress node, long nowNanos);

  /** The search is over; the last value found is the latest that any node has. */
  void finished(QueryResult result, long nowNanos);
}
