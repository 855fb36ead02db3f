package org.peerstead.hypercore.replication;

import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Slice;

/** Another protocol on the same connections, registered with {@link Replicator#register}. */
@FunctionalInterface
public interface ProtocolHandler {
  /** How the other side's open is answered. */
  record Accept(Slice handshake, ProtocolListener listener) {}

  /**
   * The other side opened a channel of this protocol that we have not opened.
   *
   * @param id of the channel; empty when there is only one
   * @param handshake first bytes, not verified
   * @return our open, or null to reject
   */
  @Nullable Accept requested(PeerConnection connection, Slice id, Slice handshake, long nowNanos);
}
