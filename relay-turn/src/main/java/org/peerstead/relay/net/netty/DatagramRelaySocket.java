package org.peerstead.relay.net.netty;

import io.netty.channel.nio.NioTask;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.PeerSink;
import org.peerstead.relay.turn.RelaySocket;

/**
 * A relayed transport address over the JDK's datagram channel, on an event loop. A datagram leaves
 * within {@link #send}, or not at all: what UDP loses is lost (RFC 8656 section 11).
 */
final class DatagramRelaySocket implements RelaySocket, NioTask<SelectableChannel> {
  /** Datagrams that one socket may bring before another one gets its turn. */
  static final int MAX_AT_ONCE = 64;

  static final boolean CAN_FORBID_FRAGMENTS = canForbidFragments();

  private final NettyLoop loop;
  private final DatagramChannel channel;
  private final IpFamily family;
  private final PeerSink owner;
  private final PeerAddresses senders = new PeerAddresses();
  private boolean isClosed;

  private DatagramRelaySocket(
      NettyLoop loop, DatagramChannel channel, IpFamily family, PeerSink owner) {
    this.loop = loop;
    this.channel = channel;
    this.family = family;
    this.owner = owner;
  }

  /** Null when the port is taken or there are no descriptors. */
  static @Nullable DatagramRelaySocket open(
      NettyLoop loop, IpAddress relay, int port, PeerSink owner) {
    DatagramChannel channel = null;
    try {
      channel =
          DatagramChannel.open(
              relay.family() == IpFamily.V4
                  ? StandardProtocolFamily.INET
                  : StandardProtocolFamily.INET6);
      channel.configureBlocking(false);
      channel.bind(new TransportAddress(relay, port).toSocketAddress());
      DatagramRelaySocket socket = new DatagramRelaySocket(loop, channel, relay.family(), owner);
      loop.eventLoop().register(channel, SelectionKey.OP_READ, socket);
      return socket;
    } catch (IOException _) {
      Sockets.closeQuietly(channel);
      return null;
    }
  }

  @Override
  public void send(
      long high,
      long low,
      int port,
      MemorySegment memory,
      long offset,
      int length,
      boolean dontFragment) {
    InetSocketAddress peer = senders.toSocketAddress(family, high, low, port);
    ByteBuffer bytes = loop.view(memory, offset, length);
    boolean isSent = false;
    try {
      if (dontFragment) {
        channel.setOption(ExtendedSocketOptions.IP_DONTFRAGMENT, true);
      }
      isSent = channel.send(bytes, peer) == length;
    } catch (IOException | IllegalArgumentException _) {
      // Counted below: no route, too large for the path, or an address that the JDK refuses.
    } finally {
      if (dontFragment) {
        allowFragments();
      }
    }
    if (!isSent) {
      loop.counters().socketDrops.increment();
    }
  }

  private void allowFragments() {
    try {
      channel.setOption(ExtendedSocketOptions.IP_DONTFRAGMENT, false);
    } catch (IOException _) {
      // Only a closed socket refuses; it sends nothing more.
      loop.counters().socketDrops.increment();
    }
  }

  @Override
  public void close() {
    isClosed = true;
    Sockets.closeQuietly(channel);
  }

  @Override
  public void channelReady(SelectableChannel ready, SelectionKey key) {
    for (int i = 0; i < MAX_AT_ONCE && !isClosed && receive(); i++) {
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
    senders.read((InetSocketAddress) from);
    try {
      owner.receive(
          senders.high(),
          senders.low(),
          senders.port(),
          loop.datagramMemory(),
          0,
          buffer.position(),
          loop.now());
    } catch (RuntimeException e) {
      loop.failed(e);
    }
    return true;
  }

  @Override
  public void channelUnregistered(SelectableChannel gone, Throwable cause) {
    Sockets.closeQuietly(gone);
  }

  private static boolean canForbidFragments() {
    try (DatagramChannel channel = DatagramChannel.open()) {
      return channel.supportedOptions().contains(ExtendedSocketOptions.IP_DONTFRAGMENT);
    } catch (IOException _) {
      return false;
    }
  }
}
