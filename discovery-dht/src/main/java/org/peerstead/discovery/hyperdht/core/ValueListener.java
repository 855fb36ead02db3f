package org.peerstead.discovery.hyperdht.core;

import org.peerstead.discovery.rpc.core.QueryResult;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Slice;

/** Watches a search for an immutable value. {@link #finished} comes once, after everything else. */
public interface ValueListener {
  /** The value, which has the right hash; at most once. */
  void found(Slice value, NodeAddress node, long nowNanos);

  /** The search is over. */
  void finished(QueryResult result, long nowNanos);
}
