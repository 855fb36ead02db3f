package org.peerstead.hypercore.replication;

import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.protomux.Channel;

/** A channel of another protocol. Owner's thread only. */
public final class ProtocolChannel extends ChannelEnd {
  private final ProtocolListener listener;

  ProtocolChannel(PeerConnection connection, ProtocolListener listener) {
    super(connection);
    this.listener = listener;
  }

  /** The connection that it is on. */
  @Override
  public PeerConnection connection() {
    return super.connection();
  }

  /** Whether both sides have opened it and none has closed it. */
  public boolean isOpen() {
    Channel own = channel;
    return own != null && own.state() == Channel.State.OPEN;
  }

  /**
   * Sends a message; ignored when the channel is closed.
   *
   * @param type number of the message in its protocol
   * @param payload copied
   */
  @Override
  public void send(int type, Slice payload) {
    connection().replicator().enter();
    super.send(type, payload);
    connection().replicator().leave();
  }

  /** Closes it; the listener is not told. */
  public void close() {
    connection().replicator().enter();
    closeChannel();
    connection().replicator().leave();
  }

  @Override
  void opened(Slice handshake, long nowNanos) {
    listener.opened(this, handshake, nowNanos);
  }

  @Override
  void message(int type, Slice payload, long nowNanos) {
    listener.message(this, type, payload, nowNanos);
  }

  @Override
  void closed(boolean isRejected, boolean isRemote, long nowNanos) {
    listener.closed(this, isRejected, nowNanos);
  }
}
