package org.peerstead.discovery.net;

import org.peerstead.discovery.rpc.wire.NodeAddress;

/** One UDP socket with a queue of datagrams to be sent. For one thread at a time. */
interface BatchSocket {
  /** The port that it is bound to. */
  int port();

  /** Takes at most {@link DatagramSockets#RECEIVE_BATCH} datagrams; gives how many. */
  int receive(DatagramSink sink);

  /** Whether the queue has no room. */
  boolean isFull();

  /** Whether something waits in the queue. */
  boolean hasQueued();

  /** Queues one datagram, or loses it when the queue is full or it is too long. */
  void queue(NodeAddress to, byte[] datagram);

  /** Sends what is queued until the system takes no more. */
  void flush();

  /** Loses what is queued. */
  void discard();

  /** What passed so far. */
  SocketCounts counts();
}
