package org.peerstead.discovery.net;

import org.peerstead.discovery.net.DatagramSockets.BeforeSending;
import org.peerstead.discovery.rpc.core.SocketSide;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/**
 * The two sockets of a node, of whatever kind: which of them may have datagrams, and that nothing
 * leaves before what it confirms is stored. For one thread at a time.
 */
final class SocketPair<S extends BatchSocket> {
  private final S server;
  private final S client;
  private final BeforeSending beforeSending;

  private boolean isServerReadable = true;
  private boolean isClientReadable = true;

  SocketPair(S server, S client, BeforeSending beforeSending) {
    this.server = server;
    this.client = client;
    this.beforeSending = beforeSending;
  }

  S server() {
    return server;
  }

  S client() {
    return client;
  }

  S get(SocketSide side) {
    return side == SocketSide.SERVER ? server : client;
  }

  /** Notes what a wait has found. */
  void setReadable(boolean serverReadable, boolean clientReadable) {
    isServerReadable = serverReadable;
    isClientReadable = clientReadable;
  }

  boolean isReadable(SocketSide side) {
    return side == SocketSide.SERVER ? isServerReadable : isClientReadable;
  }

  int receive(SocketSide side, DatagramSink sink) {
    int count = get(side).receive(sink);
    boolean mayHaveMore = count == DatagramSockets.RECEIVE_BATCH;
    if (side == SocketSide.SERVER) {
      isServerReadable = mayHaveMore;
    } else {
      isClientReadable = mayHaveMore;
    }
    return count;
  }

  void send(SocketSide side, NodeAddress to, byte[] datagram) {
    S socket = get(side);
    if (socket.isFull()) {
      flush();
    }
    socket.queue(to, datagram);
  }

  void flush() {
    if (!server.hasQueued() && !client.hasQueued()) {
      return;
    }
    boolean isStored = false;
    try {
      beforeSending.run();
      isStored = true;
    } finally {
      if (!isStored) {
        server.discard();
        client.discard();
      }
    }
    server.flush();
    client.flush();
  }

  SocketCounts counts() {
    return SocketCounts.sum(server.counts(), client.counts());
  }
}
