package org.peerstead.discovery.hyperdht.core;

import org.peerstead.discovery.hyperdht.wire.LookupReply;
import org.peerstead.discovery.rpc.core.QueryResult;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/** Watches a lookup. {@link #finished} comes once, after everything else. */
public interface LookupListener {
  /**
   * A node knows peers of the topic; others may name the same again. Nothing proves what it says.
   */
  default void found(LookupReply reply, NodeAddress node, long nowNanos) {}

  /**
   * The lookup is over.
   *
   * @param result how many nodes confirmed what was to be stored or removed is in {@code committed}
   */
  void finished(QueryResult result, long nowNanos);
}
