package org.peerstead.relay.net.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.peerstead.relay.turn.ClientTransport;
import org.peerstead.relay.turn.quota.StreamPace;

/**
 * A client's data connection and a peer, joined (RFC 6062 section 5.4): bytes go both ways in
 * order. What reads stops while the other side takes no more, so that at most about 128 KiB wait
 * each way, and while the quota of the user is used up. The end of one direction is passed on when
 * what came before it has been sent; when one side is gone, the other one is closed as soon as it
 * has got everything.
 *
 * <p>The two may be on different loops: methods named after a side are called on the thread of that
 * side.
 */
final class JoinedStreams {
  private static final int HIGH_WATER_BYTES = 64 * 1024;
  private static final int LOW_WATER_BYTES = 32 * 1024;

  private final ClientConnection connection;
  private final StreamPath path;
  private final DuplexChannel client;
  private final TcpPeer peer;
  private final DuplexChannel remote;
  private final StreamPace pace;
  private final AtomicLong bytesUp = new AtomicLong();
  private final AtomicLong bytesDown = new AtomicLong();
  private volatile boolean isClientPaused;
  private volatile boolean isPeerPaused;
  private volatile boolean isClientFinished;
  private volatile boolean isPeerFinished;

  /** Of the time between the request and its answer: the client's side only. */
  JoinedStreams(StreamPath path, TcpPeer peer, StreamPace pace) {
    this.path = path;
    this.connection = path.connection();
    this.client = connection.channel();
    this.peer = peer;
    this.pace = pace;
    this.remote = peer.channel();
    client.config().setWriteBufferWaterMark(waterMark());
    // The client may say that it is done in the same segment that asks for this.
    client.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
  }

  static WriteBufferWaterMark waterMark() {
    return new WriteBufferWaterMark(LOW_WATER_BYTES, HIGH_WATER_BYTES);
  }

  /** The answer is on its way: now the peer's bytes may follow it. */
  void begin() {
    remote.eventLoop().execute(() -> peer.begin(this));
  }

  void fromClient(ByteBuf bytes) {
    int length = bytes.readableBytes();
    bytesUp.addAndGet(length);
    forward(bytes, client, remote);
    long nanos = pace.chargeUp(length, System.nanoTime());
    if (nanos > 0) {
      client.config().setAutoRead(false);
      if (!isClientPaused) {
        isClientPaused = true;
        later(client, nanos, this::resumeClient);
      }
    }
  }

  private void resumeClient() {
    isClientPaused = false;
    if (remote.isWritable()) {
      client.config().setAutoRead(true);
    }
  }

  void clientReadComplete() {
    remote.flush();
    pauseIfFull(client, remote);
  }

  void clientWritabilityChanged() {
    if (client.isWritable() && !isPeerPaused) {
      remote.config().setAutoRead(true);
    }
  }

  void clientFinished() {
    if (isClientFinished) {
      return;
    }
    isClientFinished = true;
    if (isPeerFinished || !outlivesItsEnd()) {
      closeClient();
      closeWhenSent(remote);
    } else {
      remote.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> remote.shutdownOutput());
    }
  }

  void clientGone() {
    closeWhenSent(remote);
  }

  void fromPeer(ByteBuf bytes) {
    int length = bytes.readableBytes();
    bytesDown.addAndGet(length);
    forward(bytes, remote, client);
    long nanos = pace.chargeDown(length, System.nanoTime());
    if (nanos > 0) {
      remote.config().setAutoRead(false);
      if (!isPeerPaused) {
        isPeerPaused = true;
        later(remote, nanos, this::resumePeer);
      }
    }
  }

  private void resumePeer() {
    isPeerPaused = false;
    if (client.isWritable()) {
      remote.config().setAutoRead(true);
    }
  }

  void peerReadComplete() {
    client.flush();
    pauseIfFull(remote, client);
  }

  void peerWritabilityChanged() {
    if (remote.isWritable() && !isClientPaused) {
      client.config().setAutoRead(true);
    }
  }

  void peerFinished() {
    if (isPeerFinished) {
      return;
    }
    isPeerFinished = true;
    if (isClientFinished) {
      closeClient();
      closeWhenSent(remote);
      return;
    }
    client.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> finishClientOutput());
  }

  void peerGone() {
    closeClient();
  }

  /** Whether one side has finished and the other may go on. */
  boolean isHalfClosed() {
    return isClientFinished || isPeerFinished;
  }

  /** Bytes from the client since the last call. */
  long takeBytesUp() {
    return bytesUp.getAndSet(0);
  }

  /** Bytes to the client since the last call. */
  long takeBytesDown() {
    return bytesDown.getAndSet(0);
  }

  /** Before TLS 1.3 the end of one direction is the end of both (RFC 8446 section 6.1). */
  private boolean outlivesItsEnd() {
    SslHandler tls = client.pipeline().get(SslHandler.class);
    return tls == null || tls.engine().getSession().getProtocol().equals("TLSv1.3");
  }

  private void finishClientOutput() {
    SslHandler tls = client.pipeline().get(SslHandler.class);
    if (path.transport() == ClientTransport.TLS && tls != null) {
      tls.closeOutbound();
    } else {
      client.shutdownOutput();
    }
  }

  private void closeClient() {
    client
        .eventLoop()
        .execute(() -> {
          connection.endAs(ConnectionEnd.PEER);
          path.closeWhenSent();
          connection.loop().afterCalls();
        });
  }

  /** Peers that take nothing any more are ended by their relay socket. */
  private void closeWhenSent(Channel channel) {
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    peer.closing();
  }

  private static void later(Channel reading, long nanos, Runnable then) {
    var ignored = reading.eventLoop().schedule(then, nanos, TimeUnit.NANOSECONDS);
  }

  private static void forward(ByteBuf bytes, Channel from, Channel to) {
    to.write(bytes);
    if (!to.isWritable()) {
      to.flush();
      pauseIfFull(from, to);
    }
  }

  private static void pauseIfFull(Channel from, Channel to) {
    if (!to.isWritable()) {
      from.config().setAutoRead(false);
      // It may have become writable, and said so, in between.
      if (to.isWritable()) {
        from.config().setAutoRead(true);
      }
    }
  }
}
