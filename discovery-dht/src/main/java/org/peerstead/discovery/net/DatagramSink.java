package org.peerstead.discovery.net;

import org.peerstead.discovery.rpc.core.SocketSide;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/** Takes received datagrams. */
@FunctionalInterface
public interface DatagramSink {
  /**
   * Takes one datagram.
   *
   * @param datagram 0 to {@link DatagramSockets#MAX_DATAGRAM_BYTES} bytes in an array of its own,
   *     which the sink may keep
   */
  void received(SocketSide side, NodeAddress from, byte[] datagram);
}
