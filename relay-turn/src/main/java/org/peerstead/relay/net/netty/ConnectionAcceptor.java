package org.peerstead.relay.net.netty;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;

/** Takes connections of one listening socket in and gives them to the loops in turn. */
final class ConnectionAcceptor extends ChannelInboundHandlerAdapter {
  private static final AdaptiveRecvByteBufAllocator READS =
      new AdaptiveRecvByteBufAllocator(2_048, 4_096, 64 * 1024);

  private final List<NettyLoop> loops;
  private final int listener;
  private final int listenerOfV4;
  private int next;

  /**
   * @param listenerOfV4 the number for IPv4 clients, who reach a socket on {@code ::} as well
   */
  ConnectionAcceptor(List<NettyLoop> loops, int listener, int listenerOfV4) {
    this.loops = loops;
    this.listener = listener;
    this.listenerOfV4 = listenerOfV4;
    this.next = listener;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    SocketChannel channel = (SocketChannel) message;
    NettyLoop loop = loops.get(next++ % loops.size());
    if (next < 0) {
      next = 0;
    }
    InetSocketAddress remote = channel.remoteAddress();
    InetSocketAddress local = channel.localAddress();
    if (remote == null || local == null) {
      channel.unsafe().closeForcibly();
      return;
    }
    TransportAddress client = TransportAddress.of(remote);
    boolean isProxy = loop.config().trustedProxy().test(client.ip());
    ConnectionEnd refusal = admit(loop.limits(), isProxy ? null : client.ip());
    if (refusal != null) {
      loop.counters().ended(refusal);
      channel.unsafe().closeForcibly();
      return;
    }
    loop.counters().accepted.increment();
    ClientConnection connection =
        new ClientConnection(
            loop,
            channel,
            client.ip().family() == IpFamily.V4 ? listenerOfV4 : listener,
            client,
            TransportAddress.of(local),
            isProxy ? null : client.ip(),
            loop.now());
    channel.config().setOption(ChannelOption.TCP_NODELAY, true);
    channel.config().setOption(ChannelOption.SO_KEEPALIVE, true);
    channel.config().setRecvByteBufAllocator(READS);
    channel.pipeline().addLast(new ConnectionStart(connection, isProxy));
    loop.take(connection);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Sockets.pauseAccepting(context.channel(), cause);
  }

  private static @Nullable ConnectionEnd admit(
      ConnectionLimits limits, @Nullable IpAddress source) {
    ConnectionEnd refusal = limits.enter();
    if (refusal == null && source != null && !limits.enterFrom(source)) {
      limits.leave(false);
      refusal = ConnectionEnd.TOO_MANY_OF_SOURCE;
    }
    return refusal;
  }
}
