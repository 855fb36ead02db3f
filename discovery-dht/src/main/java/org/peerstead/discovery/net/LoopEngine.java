package org.peerstead.discovery.net;

import org.peerstead.discovery.rpc.core.SocketSide;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Slice;

/** What a {@link NodeLoop} drives. All methods are called by the loop's thread. */
public interface LoopEngine {
  /** A batch of datagrams from one socket comes: they may be handled together. */
  default void beginBatch() {}

  /** The batch is over: what was put off is to be done now. */
  default void endBatch() {}

  /** Takes one datagram, which nothing else refers to. */
  void receive(SocketSide side, NodeAddress from, Slice datagram, long nowNanos);

  /** Does what is due. */
  void advance(long nowNanos);

  /** When {@link #advance} is to be called next, {@link Long#MAX_VALUE} for never. */
  long nextDeadlineNanos();

  /**
   * Something above failed, by a fault of ours: what it was doing is left as it is, the loop goes
   * on.
   */
  void failed(RuntimeException cause);
}
