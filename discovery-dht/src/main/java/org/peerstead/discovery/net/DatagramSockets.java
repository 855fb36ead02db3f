package org.peerstead.discovery.net;

import java.io.IOException;
import org.peerstead.discovery.rpc.core.SocketSide;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/**
 * Both UDP sockets of one node, IPv4 as the DHT itself. Datagrams to be sent are queued until
 * {@link #flush}, so that all answers to a batch leave together.
 *
 * <p>For one thread at a time, except {@link #wake}, which any thread may call until and after
 * {@link #close}.
 */
public sealed interface DatagramSockets extends AutoCloseable
    permits LinuxDatagramSockets, ChannelDatagramSockets {
  /** Longest datagram taken or sent, in bytes: what an Ethernet carries unfragmented. */
  int MAX_DATAGRAM_BYTES = 1_472;

  /** Most datagrams taken by one {@link #receive}. */
  int RECEIVE_BATCH = 64;

  /** Most datagrams queued for sending on each socket. */
  int SEND_QUEUE = 512;

  /** Wanted size of the system's receive buffer, in bytes; it may give less. */
  int RECEIVE_BUFFER_BYTES = 1 << 20;

  /** Wanted size of the system's send buffer, in bytes; it may give less. */
  int SEND_BUFFER_BYTES = 1 << 20;

  /**
   * Runs before queued datagrams leave, at most once for each {@link #flush}. When it throws, they
   * are lost instead: they may confirm what was not stored.
   */
  @FunctionalInterface
  interface BeforeSending {
    /** Stores what the queued datagrams confirm. */
    void run();
  }

  /**
   * Opens both sockets the best way that this machine has.
   *
   * @param host own IPv4 address to bind to, 0 for all
   * @throws IOException when a port cannot be bound
   */
  static DatagramSockets open(
      int host, PortRange server, PortRange client, BeforeSending beforeSending)
      throws IOException {
    return LinuxCalls.isAvailable()
        ? open(SocketKind.LINUX_BATCHES, host, server, client, beforeSending)
        : open(SocketKind.CHANNELS, host, server, client, beforeSending);
  }

  /**
   * Opens both sockets in a certain way.
   *
   * @param host own IPv4 address to bind to, 0 for all
   * @throws IOException when a port cannot be bound
   * @throws UnsupportedOperationException when this machine does not have that way
   */
  static DatagramSockets open(
      SocketKind kind, int host, PortRange server, PortRange client, BeforeSending beforeSending)
      throws IOException {
    return switch (kind) {
      case LINUX_BATCHES -> LinuxDatagramSockets.open(host, server, client, beforeSending);
      case CHANNELS -> ChannelDatagramSockets.open(host, server, client, beforeSending);
    };
  }

  /** The way that is used. */
  SocketKind kind();

  /** The port that a socket is bound to. */
  int localPort(SocketSide side);

  /**
   * Waits until something can be received, or queued datagrams can be sent again, or {@link #wake}
   * was called, or the time is over.
   *
   * @param timeoutNanos 0 or less to only look
   */
  void await(long timeoutNanos);

  /**
   * Takes at most {@link #RECEIVE_BATCH} datagrams that have arrived on one socket.
   *
   * @return how many were taken, dropped ones included: less than the limit when no more are there
   */
  int receive(SocketSide side, DatagramSink sink);

  /** Whether the last {@link #await} or a full batch says that a socket may have datagrams. */
  boolean isReadable(SocketSide side);

  /** Queues one datagram, or loses it when the queue stays full or it is too long. */
  void send(SocketSide side, NodeAddress to, byte[] datagram);

  /** Sends what is queued, as far as the system takes it. */
  void flush();

  /** What passed so far. */
  SocketCounts counts();

  /** Ends a current or the next {@link #await}. */
  void wake();

  /** Gives the ports back; what is queued is lost. */
  @Override
  void close();
}
