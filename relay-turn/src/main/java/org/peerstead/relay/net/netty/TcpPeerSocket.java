package org.peerstead.relay.net.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.TcpPeerSink;
import org.peerstead.relay.turn.TcpRelaySocket;
import org.peerstead.relay.turn.quota.StreamPace;

/**
 * The relayed address of a TCP allocation (RFC 6062 section 5.1): listens, and connects from the
 * same address and port. Used on its loop's thread.
 */
final class TcpPeerSocket implements TcpRelaySocket {
  /** Connections with peers at once, joined or not; more are turned away. */
  private static final int MAX_PEERS = 64;

  private static final int BACKLOG = 16;
  private static final int READ_BYTES = 16 * 1024;

  private final NettyLoop loop;
  private final TransportAddress address;
  private final TcpPeerSink owner;
  private final NioServerSocketChannel listening;
  private final Set<TcpPeer> peers = new HashSet<>();
  private final Set<Channel> attempts = new HashSet<>();
  private boolean isClosed;

  private TcpPeerSocket(
      NettyLoop loop, TransportAddress address, ServerSocketChannel bound, TcpPeerSink owner) {
    this.loop = loop;
    this.address = address;
    this.owner = owner;
    this.listening = new NioServerSocketChannel(bound);
    listening.pipeline().addLast(new PeerAcceptor());
    loop.eventLoop().register(listening);
  }

  /** Null when the port is taken or there are no descriptors. */
  static @Nullable TcpPeerSocket open(
      NettyLoop loop, IpAddress relay, int port, TcpPeerSink owner) {
    TransportAddress address = new TransportAddress(relay, port);
    ServerSocketChannel channel = null;
    try {
      channel = ServerSocketChannel.open(family(relay.family()));
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      // Connections leave from the port that is listened on.
      channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      channel.bind(address.toSocketAddress(), BACKLOG);
      return new TcpPeerSocket(loop, address, channel, owner);
    } catch (IOException | UnsupportedOperationException _) {
      Sockets.closeQuietly(channel);
      return null;
    }
  }

  @Override
  public void connect(long high, long low, int port, long timeoutNanos, Connected connected) {
    TransportAddress peer =
        new TransportAddress(new IpAddress(address.ip().family(), high, low), port);
    // A socket that connects to itself would talk to itself.
    if (isClosed || peers.size() + attempts.size() >= MAX_PEERS || peer.equals(address)) {
      loop.later(() -> connected.done(null, loop.now()));
      return;
    }
    java.nio.channels.SocketChannel socket = null;
    try {
      socket = java.nio.channels.SocketChannel.open(family(address.ip().family()));
      socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      socket.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      socket.bind(address.toSocketAddress());
    } catch (IOException | UnsupportedOperationException _) {
      Sockets.closeQuietly(socket);
      loop.later(() -> connected.done(null, loop.now()));
      return;
    }
    NioSocketChannel channel = new NioSocketChannel(null, socket);
    long timeoutMillis = Math.clamp(timeoutNanos / 1_000_000, 1, Integer.MAX_VALUE);
    channel.config().setConnectTimeoutMillis((int) timeoutMillis);
    TcpPeer connection = prepare(channel);
    attempts.add(channel);
    loop.eventLoop().register(channel);
    channel
        .connect(peer.toSocketAddress())
        .addListener(
            (ChannelFutureListener)
                done -> {
                  attempts.remove(channel);
                  if (done.isSuccess() && !isClosed) {
                    peers.add(connection);
                    loop.call(() -> connected.done(connection, loop.now()));
                  } else {
                    channel.close();
                    loop.call(() -> connected.done(null, loop.now()));
                  }
                });
  }

  @Override
  public void close() {
    isClosed = true;
    loop.forget(this);
    listening.close();
    List.copyOf(attempts).forEach(Channel::close);
    List.copyOf(peers).forEach(TcpPeer::close);
  }

  void checkTime(long nowNanos) {
    for (TcpPeer peer : List.copyOf(peers)) {
      peer.checkTime(nowNanos);
    }
  }

  void ended(TcpPeer peer, boolean wasUnwanted) {
    if (peers.remove(peer) && !wasUnwanted && !isClosed) {
      loop.call(() -> owner.ended(peer, loop.now()));
    }
  }

  StreamPace pace() {
    return owner.pace();
  }

  void carried(long bytesUp, long bytesDown) {
    if (!isClosed) {
      loop.call(() -> owner.carried(bytesUp, bytesDown));
    }
  }

  private TcpPeer prepare(SocketChannel channel) {
    channel.config().setTcpNoDelay(true);
    channel.config().setKeepAlive(true);
    channel.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(READ_BYTES));
    TcpPeer connection = new TcpPeer(this, channel);
    channel.pipeline().addLast(connection);
    return connection;
  }

  private static StandardProtocolFamily family(IpFamily family) {
    return family == IpFamily.V4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
  }

  /** Takes peers in. */
  private final class PeerAcceptor extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      SocketChannel channel = (SocketChannel) message;
      InetSocketAddress from = channel.remoteAddress();
      if (isClosed || from == null || peers.size() + attempts.size() >= MAX_PEERS) {
        channel.unsafe().closeForcibly();
        return;
      }
      TcpPeer connection = prepare(channel);
      channel.config().setOption(ChannelOption.AUTO_READ, false);
      peers.add(connection);
      loop.eventLoop().register(channel);
      IpAddress ip = IpAddress.of(from.getAddress());
      loop.call(() -> owner.incoming(connection, ip.high(), ip.low(), from.getPort(), loop.now()));
      if (channel.isOpen()) {
        channel.config().setAutoRead(true);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      Sockets.pauseAccepting(context.channel(), cause);
    }
  }
}
