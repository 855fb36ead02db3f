package org.peerstead.gateway.socket;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.http.impl.WebSocketInternal;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.peerstead.gateway.core.CloseReason;
import org.peerstead.gateway.core.Output;
import org.peerstead.gateway.wire.MalformedFrameException;
import org.peerstead.gateway.wire.RepoFrameCodec;
import org.peerstead.gateway.wire.RepoMessage;

/**
 * One WebSocket. Outputs may be offered by any thread; they are carried out one after the other on
 * the socket's own event loop, so their order is kept.
 */
final class SyncSocket {
  /** How long a closing handshake may take before the connection is cut. */
  private static final long CLOSE_TIMEOUT_MILLIS = 3_000;

  private final String sessionId;
  private final ServerWebSocket socket;
  private final Vertx vertx;
  private final Context context;
  private final SyncServer server;
  private final FrameAssembler assembler;
  private final Queue<Output> outbox = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean isDrainScheduled = new AtomicBoolean();
  private boolean isClosing;

  SyncSocket(
      String sessionId,
      ServerWebSocket socket,
      Vertx vertx,
      Context context,
      SyncServer server,
      int maxMessageBytes) {
    this.sessionId = sessionId;
    this.socket = socket;
    this.vertx = vertx;
    this.context = context;
    this.server = server;
    assembler = new FrameAssembler(maxMessageBytes);
  }

  /** Attaches the handlers; on the event loop. */
  void start() {
    socket.frameHandler(this::onFrame);
    socket.pongHandler(pong -> server.input(hub -> hub.heard(SyncServer.now(), sessionId)));
    socket.exceptionHandler(failure -> server.socketFailed(sessionId, failure));
    socket.closeHandler(unused -> server.socketClosed(sessionId));
  }

  private void onFrame(WebSocketFrame frame) {
    if (isClosing || !(frame.isBinary() || frame.isText() || frame.isContinuation())) {
      return;
    }
    try {
      byte[] bytes = assembler.add(frame.binaryData(), frame.isText(), frame.isFinal());
      if (bytes == null) {
        server.input(hub -> hub.heard(SyncServer.now(), sessionId));
        return;
      }
      RepoMessage message = RepoFrameCodec.decode(bytes);
      server.metrics().received(message, bytes.length);
      server.input(hub -> hub.receive(SyncServer.now(), sessionId, message));
    } catch (MalformedFrameException e) {
      server.malformed(sessionId, e);
    }
  }

  /** Queues an output; call {@link #drain} afterwards. Any thread. */
  void offer(Output output) {
    outbox.add(output);
  }

  /** Carries queued outputs out, now or soon. Any thread. */
  void drain() {
    if (isDrainScheduled.compareAndSet(false, true)) {
      if (Vertx.currentContext() == context) {
        drainNow();
      } else {
        context.runOnContext(unused -> drainNow());
      }
    }
  }

  private void drainNow() {
    isDrainScheduled.set(false);
    for (Output output = outbox.poll(); output != null; output = outbox.poll()) {
      switch (output) {
        case Output.Send send -> send(send);
        case Output.Ping unused -> {
          if (isOpen()) {
            socket.writePing(Buffer.buffer(0));
          }
        }
        case Output.Pause unused -> socket.pause();
        case Output.Resume unused -> socket.resume();
        case Output.Publish publish -> server.publish(publish);
        case Output.Close close -> close(close.reason());
        case Output.Rejected unused ->
            throw new IllegalStateException("rejections are counted, not carried out");
      }
    }
  }

  private void send(Output.Send send) {
    if (!isOpen()) {
      return;
    }
    byte[] frame = RepoFrameCodec.encode(send.message());
    server.metrics().sent(send.message(), frame.length);
    socket
        .writeBinaryMessage(Buffer.buffer(frame))
        .onComplete(
            unused -> server.input(hub -> hub.written(SyncServer.now(), sessionId, send.bytes())));
  }

  private void close(CloseReason reason) {
    if (!isOpen()) {
      return;
    }
    isClosing = true;
    server.ending(sessionId, reason);
    // A paused socket would not see the peer's answer to the close frame.
    socket.resume();
    socket.close((short) reason.code(), reason.text());
    // A peer that does not read never gets the close frame: cut the connection then.
    vertx.setTimer(CLOSE_TIMEOUT_MILLIS, unused -> cut());
  }

  private void cut() {
    if (!socket.isClosed()) {
      ((WebSocketInternal) socket).channelHandlerContext().close();
    }
  }

  private boolean isOpen() {
    return !isClosing && !socket.isClosed();
  }
}
