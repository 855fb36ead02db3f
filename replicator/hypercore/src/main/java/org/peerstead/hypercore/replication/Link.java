package org.peerstead.hypercore.replication;

import org.peerstead.securestream.encoding.Slice;

/**
 * The way out of one connection: a stream of whole messages that are encrypted behind it. Called on
 * the owner's thread only; must not call back into the replicator before the call returns.
 */
public interface Link {
  /**
   * Sends one message; it is always taken.
   *
   * @param message does not change any more
   * @return false when what waits to be sent is more than the link likes: {@link
   *     Replicator#writable} is to be called when there is room again
   */
  boolean send(Slice message);

  /** Whether there is room for more. */
  boolean isWritable();

  /**
   * Ends the connection. {@link Replicator#detach} may follow and changes nothing any more.
   *
   * @param detail for a log, may quote the peer
   */
  void destroy(DisconnectReason reason, String detail);
}
