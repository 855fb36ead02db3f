package org.peerstead.discovery.rpc.wire;

import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Fixed32;

/** One datagram of dht-rpc. */
public sealed interface Packet permits Request, Response {
  /** Number that ties a response to its request, 0 to 65535. */
  int transaction();

  /**
   * Where the packet was sent to: of a request the node's own address as the sender knows it, of a
   * response the address that the request came from, which is how nodes learn their public address.
   */
  NodeAddress to();

  /** The id that the sender claims; only nodes that serve others send one. */
  @Nullable Fixed32 id();
}
