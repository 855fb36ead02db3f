package org.peerstead.hypercore.replication;

import org.peerstead.securestream.encoding.Slice;

/** Is told what happens on a {@link ProtocolChannel}. Slices are valid during the call only. */
public interface ProtocolListener {
  /** Both sides have opened it; data may be sent from here on. */
  default void opened(ProtocolChannel channel, Slice remoteHandshake, long nowNanos) {}

  /** A message. Types that the protocol does not know are to be ignored. */
  void message(ProtocolChannel channel, int type, Slice payload, long nowNanos);

  /**
   * It is closed or the connection is gone; last call.
   *
   * @param isRejected whether the other side does not speak the protocol
   */
  default void closed(ProtocolChannel channel, boolean isRejected, long nowNanos) {}
}
