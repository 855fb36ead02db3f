package org.peerstead.relay.net.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.turn.ConnectionPath;
import org.peerstead.relay.turn.PeerConnection;

/**
 * A connection with a peer. Until it is joined it reads a little, to notice when the peer leaves,
 * and then lets the system hold the rest back. Lives on the loop of its relay socket; {@link #join}
 * is called on the thread of the data connection.
 */
final class TcpPeer extends ChannelInboundHandlerAdapter implements PeerConnection {
  /** What a peer may send before it is joined and the system's own buffer fills up. */
  private static final int WAITING_BYTES = 16 * 1024;

  private static final long CLOSING_NANOS = 30_000_000_000L;

  /**
   * How long nothing may move after one side has finished: nobody tells apart who has closed from
   * who only has nothing more to say.
   */
  private static final long HALF_CLOSED_NANOS = 60_000_000_000L;

  private enum State {
    WAITING,
    JOINED,
    ENDED
  }

  private final TcpPeerSocket socket;
  private final SocketChannel channel;
  private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
  private @Nullable ByteBuf waiting;
  private @Nullable JoinedStreams streams;
  private boolean isFinished;
  private volatile boolean isUnwanted;
  private volatile long closingNanos;
  private long movedNanos = System.nanoTime();

  TcpPeer(TcpPeerSocket socket, SocketChannel channel) {
    this.socket = socket;
    this.channel = channel;
    channel.config().setWriteBufferWaterMark(JoinedStreams.waterMark());
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
  }

  SocketChannel channel() {
    return channel;
  }

  @Override
  public boolean join(ConnectionPath data) {
    if (!(data instanceof StreamPath path)) {
      throw new IllegalArgumentException("data connections are TCP or TLS");
    }
    if (!state.compareAndSet(State.WAITING, State.JOINED)) {
      return false;
    }
    path.connection().join(new JoinedStreams(path, this, socket.pace()));
    return true;
  }

  @Override
  public void close() {
    isUnwanted = true;
    channel.close();
  }

  /** The peer's bytes may go to the client now. On the thread of this connection. */
  void begin(JoinedStreams joined) {
    streams = joined;
    ByteBuf waited = waiting;
    waiting = null;
    if (waited != null) {
      joined.fromPeer(waited);
      joined.peerReadComplete();
    }
    if (!channel.isActive()) {
      joined.peerGone();
    } else if (isFinished) {
      joined.peerFinished();
    } else {
      channel.config().setAutoRead(true);
    }
  }

  void closing() {
    closingNanos = System.nanoTime() | 1;
  }

  /** Tells the engine what went through, and ends a peer that does not take its last bytes. */
  void checkTime(long nowNanos) {
    JoinedStreams joined = streams;
    if (report() || joined == null || !joined.isHalfClosed()) {
      movedNanos = nowNanos;
    }
    long since = closingNanos;
    if (since != 0 && nowNanos - since > CLOSING_NANOS
        || nowNanos - movedNanos > HALF_CLOSED_NANOS) {
      channel.unsafe().close(channel.unsafe().voidPromise());
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    JoinedStreams joined = streams;
    if (joined != null) {
      joined.fromPeer(bytes);
      return;
    }
    try {
      ByteBuf kept = waiting;
      if (kept == null) {
        kept = channel.alloc().directBuffer(bytes.readableBytes());
        waiting = kept;
      }
      kept.writeBytes(bytes);
      if (kept.readableBytes() >= WAITING_BYTES) {
        channel.config().setAutoRead(false);
      }
    } finally {
      bytes.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    JoinedStreams joined = streams;
    if (joined != null) {
      joined.peerReadComplete();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    JoinedStreams joined = streams;
    if (joined != null) {
      joined.peerWritabilityChanged();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      isFinished = true;
      JoinedStreams joined = streams;
      if (joined != null) {
        joined.peerFinished();
      }
    } else {
      context.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    JoinedStreams joined = streams;
    boolean wasWaiting = state.getAndSet(State.ENDED) == State.WAITING;
    if (wasWaiting) {
      dropWaiting();
    }
    report();
    if (joined != null) {
      joined.peerGone();
    }
    socket.ended(this, isUnwanted);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    // A join that has not begun yet still wants what waits; begin() passes it on.
    if (state.get() == State.WAITING) {
      dropWaiting();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // A reset. A joined client still gets what came before it.
    context.close();
  }

  private void dropWaiting() {
    ByteBuf kept = waiting;
    waiting = null;
    if (kept != null) {
      kept.release();
    }
  }

  /** Whether there was something. */
  private boolean report() {
    JoinedStreams joined = streams;
    if (joined == null) {
      return false;
    }
    long bytesUp = joined.takeBytesUp();
    long bytesDown = joined.takeBytesDown();
    if (bytesUp == 0 && bytesDown == 0) {
      return false;
    }
    socket.carried(bytesUp, bytesDown);
    return true;
  }
}
