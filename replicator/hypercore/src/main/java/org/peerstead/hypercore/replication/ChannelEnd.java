package org.peerstead.hypercore.replication;

import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.protomux.Channel;

/** Our end of a channel, whatever its protocol. */
abstract sealed class ChannelEnd permits CorePeer, ProtocolChannel {
  private final PeerConnection connection;
  @Nullable Channel channel;

  ChannelEnd(PeerConnection connection) {
    this.connection = connection;
  }

  PeerConnection connection() {
    return connection;
  }

  void send(int type, Slice payload) {
    Channel own = channel;
    if (own != null) {
      connection.send(own, type, payload);
    }
  }

  /** Closes our end without a call to {@link #closed}. */
  void closeChannel() {
    Channel own = channel;
    if (own != null) {
      channel = null;
      connection.closeChannel(own);
    }
  }

  abstract void opened(Slice handshake, long nowNanos);

  abstract void message(int type, Slice payload, long nowNanos);

  /**
   * The channel is gone.
   *
   * @param isRejected the other side does not have it
   * @param isRemote the other side closed it, the connection goes on
   */
  abstract void closed(boolean isRejected, boolean isRemote, long nowNanos);
}
