package org.peerstead.relay.net.netty;

import io.netty.channel.nio.NioTask;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import org.peerstead.relay.net.dtls.DatagramSessions;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ClientTransport;
import org.peerstead.relay.turn.RelayEngine;

/**
 * A listening UDP socket of one loop, for systems where the Linux shell cannot run. Several loops
 * share an address where the system spreads clients over the sockets by address; elsewhere the
 * first loop has it alone. A socket on a wildcard address answers from whatever address the system
 * chooses: on hosts with several addresses each one is to be listened on by itself.
 */
final class DatagramListener implements NioTask<SelectableChannel> {
  /** Room for the bursts of many clients. */
  private static final int SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;

  private final NettyLoop loop;
  private final int listener;
  private final int listenerOfV4;
  private final DatagramChannel channel;
  private final PeerAddresses clients = new PeerAddresses();
  private final boolean isPlainServed;
  private boolean isClosed;

  DatagramListener(NettyLoop loop, int listener, int listenerOfV4, DatagramChannel channel) {
    this.loop = loop;
    this.listener = listener;
    this.listenerOfV4 = listenerOfV4;
    this.channel = channel;
    this.isPlainServed = loop.config().transports().contains(ClientTransport.UDP);
  }

  /** A bound socket that is not read yet. */
  static DatagramChannel bind(TransportAddress address, boolean isShared) throws IOException {
    DatagramChannel channel =
        DatagramChannel.open(
            address.ip().family() == IpFamily.V4
                ? StandardProtocolFamily.INET
                : StandardProtocolFamily.INET6);
    try {
      channel.configureBlocking(false);
      if (isShared) {
        channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      }
      channel.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER_BYTES);
      channel.setOption(StandardSocketOptions.SO_SNDBUF, SOCKET_BUFFER_BYTES);
      channel.bind(address.toSocketAddress());
      return channel;
    } catch (IOException | RuntimeException e) {
      Sockets.closeQuietly(channel);
      throw new IOException("cannot listen on " + address + " for UDP: " + e.getMessage(), e);
    }
  }

  /** Begins to read. On the loop's thread. */
  void start() {
    loop.eventLoop().register(channel, SelectionKey.OP_READ, this);
  }

  /** Sends a datagram at once; false when it was dropped. */
  boolean send(IpFamily family, long high, long low, int port, ByteBuffer bytes) {
    int length = bytes.remaining();
    try {
      if (channel.send(bytes, clients.toSocketAddress(family, high, low, port)) == length) {
        return true;
      }
    } catch (IOException | IllegalArgumentException _) {
      // Counted below, as a full socket buffer is.
    }
    loop.counters().socketDrops.increment();
    return false;
  }

  void close() {
    isClosed = true;
    Sockets.closeQuietly(channel);
  }

  @Override
  public void channelReady(SelectableChannel ready, SelectionKey key) {
    for (int i = 0; i < DatagramRelaySocket.MAX_AT_ONCE && !isClosed && receive(); i++) {
      // As many as there are.
    }
    loop.afterCalls();
  }

  private boolean receive() {
    ByteBuffer buffer = loop.datagram().clear();
    SocketAddress from;
    try {
      from = channel.receive(buffer);
    } catch (IOException _) {
      loop.counters().socketDrops.increment();
      return false;
    }
    if (from == null) {
      return false;
    }
    int length = buffer.position();
    if (length == 0) {
      return true;
    }
    clients.read((InetSocketAddress) from);
    try {
      handle(loop.datagramMemory(), length);
    } catch (RuntimeException e) {
      loop.failed(e);
    }
    return true;
  }

  private void handle(MemorySegment memory, int length) {
    int first = memory.get(ValueLayout.JAVA_BYTE, 0) & 0xff;
    int number = clients.family() == IpFamily.V4 ? listenerOfV4 : listener;
    long nowNanos = loop.now();
    if (first >= DatagramSessions.FIRST_BYTE && first <= DatagramSessions.LAST_BYTE) {
      DatagramSessions sessions = loop.sessions();
      if (sessions != null) {
        sessions.receive(
            number,
            clients.family(),
            clients.high(),
            clients.low(),
            clients.port(),
            memory,
            0,
            length,
            nowNanos);
      }
      return;
    }
    RelayEngine engine = loop.engine();
    if (engine != null && isPlainServed) {
      engine.receiveDatagram(
          number,
          clients.family(),
          clients.high(),
          clients.low(),
          clients.port(),
          memory,
          0,
          length,
          nowNanos);
    }
  }

  @Override
  public void channelUnregistered(SelectableChannel gone, Throwable cause) {
    Sockets.closeQuietly(gone);
  }
}
