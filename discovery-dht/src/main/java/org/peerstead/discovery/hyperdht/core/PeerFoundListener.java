package org.peerstead.discovery.hyperdht.core;

import org.peerstead.discovery.hyperdht.wire.PeerRecord;
import org.peerstead.discovery.rpc.core.QueryResult;
import org.peerstead.discovery.rpc.core.Reply;

/** Watches a search for one server. {@link #finished} comes once, after everything else. */
public interface PeerFoundListener {
  /**
   * A node knows a way to the server. Nothing proves that: the record is not signed.
   *
   * @param reply whose sender relays to the server
   */
  void found(PeerRecord record, Reply reply, long nowNanos);

  /** The search is over. */
  void finished(QueryResult result, long nowNanos);
}
