package org.peerstead.discovery.hyperdht.core;

import org.peerstead.discovery.hyperdht.wire.HolepunchPayload;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/** Hears the end of one hole punch message: exactly one of the two methods is called, once. */
public interface HolepunchListener {
  /**
   * The server answered.
   *
   * @param server where its answer came from, as the relay saw it
   * @param client this node as the relay saw it
   */
  void answered(HolepunchPayload payload, NodeAddress server, NodeAddress client, long nowNanos);

  /** No answer, or none that the server sealed. */
  void failed(long nowNanos);
}
