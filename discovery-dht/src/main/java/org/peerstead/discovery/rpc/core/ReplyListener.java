package org.peerstead.discovery.rpc.core;

/** Waits for the end of one request. Exactly one of the two methods is called, once. */
public interface ReplyListener {
  /** The answer, with or without an error. */
  void replied(Reply reply, long nowNanos);

  /** No answer came, all retries included, or the node was closed. */
  void failed(long nowNanos);
}
