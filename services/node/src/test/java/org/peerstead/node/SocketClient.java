package org.peerstead.node;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.peerstead.gateway.wire.MalformedFrameException;
import org.peerstead.gateway.wire.PeerMetadata;
import org.peerstead.gateway.wire.RepoFrameCodec;
import org.peerstead.gateway.wire.RepoMessage;

/** A WebSocket client that speaks in {@link RepoMessage}s, on the JDK's own WebSocket. */
final class SocketClient implements AutoCloseable {
  private static final long TIMEOUT_SECONDS = 20;

  private final HttpClient http = HttpClient.newHttpClient();
  private final BlockingQueue<RepoMessage> received = new LinkedBlockingQueue<>();
  private final CompletableFuture<Integer> closeCode = new CompletableFuture<>();
  private final WebSocket socket;
  private final String peerId;
  private String serverId = "";

  private SocketClient(URI uri, String peerId, String... headers) {
    this.peerId = peerId;
    WebSocket.Builder builder = http.newWebSocketBuilder();
    for (int i = 0; i < headers.length; i += 2) {
      builder.header(headers[i], headers[i + 1]);
    }
    socket = builder.buildAsync(uri, new Listener()).join();
  }

  /** Connects and leaves the join to the caller. */
  static SocketClient connect(URI uri, String peerId, String... headers) {
    return new SocketClient(uri, peerId, headers);
  }

  /** Connects and joins. */
  static SocketClient join(URI uri, String peerId, String... headers) {
    SocketClient client = connect(uri, peerId, headers);
    client.send(client.joinMessage("1"));
    client.serverId = client.receive(RepoMessage.Peer.class).senderId();
    return client;
  }

  RepoMessage.Join joinMessage(String version) {
    return new RepoMessage.Join(peerId, new PeerMetadata(null, true), List.of(version));
  }

  String peerId() {
    return peerId;
  }

  String serverId() {
    return serverId;
  }

  void send(RepoMessage message) {
    send(RepoFrameCodec.encode(message));
  }

  void send(byte[] frame) {
    socket.sendBinary(ByteBuffer.wrap(frame), true).join();
  }

  void sendText(String text) {
    socket.sendText(text, true).join();
  }

  /** The next message, which must be of this type. */
  <M extends RepoMessage> M receive(Class<M> type) {
    RepoMessage message = next();
    if (!type.isInstance(message)) {
      throw new AssertionError("expected " + type.getSimpleName() + ", got " + message);
    }
    return type.cast(message);
  }

  private RepoMessage next() {
    try {
      RepoMessage message = received.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      if (message == null) {
        throw new AssertionError("nothing came within " + TIMEOUT_SECONDS + " s");
      }
      return message;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Waits until the server closes, and gives the close code. */
  int closeCode() {
    return closeCode.orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
  }

  boolean isClosed() {
    return closeCode.isDone();
  }

  @Override
  public void close() {
    socket.abort();
    http.shutdownNow();
  }

  private final class Listener implements WebSocket.Listener {
    private final ByteArrayOutputStream message = new ByteArrayOutputStream();

    @Override
    public @Nullable CompletionStage<?> onBinary(
        WebSocket webSocket, ByteBuffer data, boolean isLast) {
      byte[] part = new byte[data.remaining()];
      data.get(part);
      message.writeBytes(part);
      if (isLast) {
        try {
          received.add(RepoFrameCodec.decode(message.toByteArray()));
        } catch (MalformedFrameException e) {
          closeCode.completeExceptionally(e);
        }
        message.reset();
      }
      webSocket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
      closeCode.complete(code);
      return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable error) {
      closeCode.completeExceptionally(error);
    }
  }
}
