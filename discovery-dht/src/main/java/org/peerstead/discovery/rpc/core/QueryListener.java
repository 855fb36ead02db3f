package org.peerstead.discovery.rpc.core;

/** Watches one query. {@link #finished} comes once, after everything else. */
public interface QueryListener {
  /** A node answered without an error; may come before nearer nodes are known. */
  default void replied(Reply reply, long nowNanos) {}

  /** The query and its commit are over. */
  void finished(QueryResult result, long nowNanos);
}
