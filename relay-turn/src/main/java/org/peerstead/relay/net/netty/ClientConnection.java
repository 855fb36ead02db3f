package org.peerstead.relay.net.netty;

import io.netty.channel.socket.SocketChannel;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ClientTransport;

/**
 * An accepted connection: who is there, what it has shown so far, and how long it may go on so.
 * Used on its loop's thread.
 *
 * <p>Stages: accepted, then ready (after a proxy's header and the TLS handshake), then heard (one
 * whole message has come), then settled or not as the engine says; joined with a peer it stays
 * settled until it ends.
 */
final class ClientConnection {
  /** How long what is waiting may take to be sent when a connection is being closed. */
  private static final long CLOSING_NANOS = 5_000_000_000L;

  /** The same for a joined one: bytes of a peer, of which none may be lost. */
  private static final long JOINED_CLOSING_NANOS = 30_000_000_000L;

  private final NettyLoop loop;
  private final SocketChannel channel;
  private final int listener;
  private TransportAddress client;
  private TransportAddress server;
  private @Nullable IpAddress source;
  private @Nullable StreamPath path;
  private @Nullable ConnectionEnd end;
  private boolean isReady;
  private boolean isHeard;
  private boolean isSettled;
  private @Nullable JoinedStreams joined;
  private boolean isClosing;
  private boolean isInFrame;

  /** When the present stage began. */
  private long sinceNanos;

  private long unsettledNanos;
  private long frameNanos;
  private long closingNanos;

  ClientConnection(
      NettyLoop loop,
      SocketChannel channel,
      int listener,
      TransportAddress client,
      TransportAddress server,
      @Nullable IpAddress source,
      long nowNanos) {
    this.loop = loop;
    this.channel = channel;
    this.listener = listener;
    this.client = client;
    this.server = server;
    this.source = source;
    this.sinceNanos = nowNanos;
    this.unsettledNanos = nowNanos;
  }

  NettyLoop loop() {
    return loop;
  }

  SocketChannel channel() {
    return channel;
  }

  int listener() {
    return listener;
  }

  TransportAddress client() {
    return client;
  }

  TransportAddress server() {
    return server;
  }

  boolean isSettled() {
    return isSettled;
  }

  /** What a proxy says about who is behind it; false when there are too many from there. */
  boolean comesFrom(TransportAddress client, TransportAddress server) {
    this.client = client;
    this.server = server;
    if (!loop.limits().enterFrom(client.ip())) {
      return false;
    }
    source = client.ip();
    return true;
  }

  /** The handshake is over: messages may come. */
  StreamPath ready(ClientTransport transport) {
    isReady = true;
    sinceNanos = loop.now();
    StreamPath made = new StreamPath(this, transport);
    path = made;
    return made;
  }

  /** The engine has had a message of it. */
  void heard(StreamPath of) {
    isHeard = true;
    isInFrame = false;
    if (!isSettled && loop.isSettled(of)) {
      settle();
    }
  }

  boolean isHeard() {
    return isHeard;
  }

  /** Some bytes of a message are there and others are not. */
  void waitsForFrame() {
    if (!isInFrame) {
      isInFrame = true;
      frameNanos = loop.now();
    }
  }

  /** Its bytes are a peer's from now on; how long it lives is up to its allocation. */
  void join(JoinedStreams streams) {
    joined = streams;
    if (!isSettled) {
      settle();
    }
  }

  @Nullable JoinedStreams joinedStreams() {
    return joined;
  }

  private void settle() {
    isSettled = true;
    loop.limits().settled();
  }

  void closing() {
    isClosing = true;
    closingNanos = loop.now();
  }

  /** Names the reason of the end that is coming; the first one counts. */
  void endAs(ConnectionEnd reason) {
    if (end == null) {
      end = reason;
    }
  }

  /** Ends it at once. */
  void abort(ConnectionEnd reason) {
    endAs(reason);
    channel.unsafe().close(channel.unsafe().voidPromise());
  }

  /** Ends it after what is waiting has been sent. */
  void endGently(ConnectionEnd reason) {
    StreamPath of = path;
    if (of == null) {
      abort(reason);
      return;
    }
    endAs(reason);
    of.closeWhenSent();
  }

  /** Ends it when it has taken too long over what it is at. */
  void checkTime(long nowNanos) {
    ConnectionBounds bounds = loop.config().bounds();
    StreamPath of = path;
    if (isClosing) {
      if (nowNanos - closingNanos > (joined == null ? CLOSING_NANOS : JOINED_CLOSING_NANOS)) {
        abort(ConnectionEnd.CLIENT);
      }
    } else if (!isReady || of == null) {
      if (nowNanos - sinceNanos > bounds.handshake().toNanos()) {
        abort(ConnectionEnd.HANDSHAKE_TIMEOUT);
      }
    } else if (!isHeard) {
      if (nowNanos - sinceNanos > bounds.firstRequest().toNanos()) {
        abort(ConnectionEnd.FIRST_REQUEST_TIMEOUT);
      }
    } else if (joined == null) {
      if (isSettled != loop.isSettled(of)) {
        if (isSettled) {
          isSettled = false;
          unsettledNanos = nowNanos;
          loop.limits().unsettledAgain();
        } else {
          settle();
        }
      }
      if (!isSettled && nowNanos - unsettledNanos > bounds.unsettledFor().toNanos()) {
        abort(ConnectionEnd.UNSETTLED_TIMEOUT);
      } else if (isInFrame && nowNanos - frameNanos > bounds.frame().toNanos()) {
        abort(ConnectionEnd.FRAME_TIMEOUT);
      }
    }
  }

  /** The socket is closed. Called once. */
  void ended() {
    IpAddress counted = source;
    if (counted != null) {
      loop.limits().leaveFrom(counted);
    }
    loop.limits().leave(isSettled);
    ConnectionEnd reason = end;
    loop.counters().ended(reason == null ? ConnectionEnd.CLIENT : reason);
    StreamPath of = path;
    if (of != null) {
      of.discard();
    }
  }
}
