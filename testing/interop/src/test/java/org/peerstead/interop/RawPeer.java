package org.peerstead.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A WebSocket peer that may send anything at all. Not thread-safe. */
final class RawPeer implements AutoCloseable {
  static final CBORMapper CBOR = new CBORMapper();

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final HttpClient http;
  private final WebSocket socket;
  private final BlockingQueue<byte[]> frames = new LinkedBlockingQueue<>();
  private final CompletableFuture<Closed> closed = new CompletableFuture<>();

  /** How the server closed the connection; code 1006 when it was cut without a close frame. */
  record Closed(int code, String reason) {}

  private RawPeer(String url, HttpClient http) {
    this.http = http;
    try {
      socket =
          http.newWebSocketBuilder()
              .connectTimeout(PATIENCE)
              .buildAsync(URI.create(url), new Listener())
              .join();
    } catch (CompletionException e) {
      http.close();
      throw new PeerFailedException("connection refused: " + e.getCause());
    }
  }

  /** Connects without joining. */
  static RawPeer connect(String url) {
    return new RawPeer(url, HttpClient.newHttpClient());
  }

  /** Connects, joins as {@code peerId} and waits for the server's answer. */
  static RawPeer join(String url, String peerId) {
    RawPeer peer = connect(url);
    peer.send(joinMessage(peerId, "1"));
    JsonNode answer = peer.receive();
    if (!answer.path("type").asText().equals("peer")) {
      throw new PeerFailedException("no peer message: " + answer);
    }
    return peer;
  }

  static ObjectNode message(String type, String senderId) {
    return CBOR.createObjectNode().put("type", type).put("senderId", senderId);
  }

  static ObjectNode joinMessage(String peerId, String... versions) {
    ObjectNode join = message("join", peerId);
    join.putObject("peerMetadata").put("isEphemeral", true);
    var list = join.putArray("supportedProtocolVersions");
    for (String version : versions) {
      list.add(version);
    }
    return join;
  }

  static byte[] encode(JsonNode message) {
    try {
      return CBOR.writeValueAsBytes(message);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  void send(JsonNode message) {
    send(encode(message));
  }

  /** Sends one binary frame. A server that has closed meanwhile is not an error here. */
  void send(byte[] frame) {
    try {
      socket
          .sendBinary(ByteBuffer.wrap(frame), true)
          .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      // The close that caused this is what the test looks at.
    } catch (TimeoutException e) {
      throw new PeerFailedException("the server does not read");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  void sendText(String text) {
    socket.sendText(text, true).join();
  }

  /** The next message; fails when none arrives. */
  JsonNode receive() {
    try {
      byte[] frame = frames.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (frame == null) {
        throw new PeerFailedException(
            "no message within " + PATIENCE + ", closed: " + closed.getNow(null));
      }
      return CBOR.readTree(frame);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    } catch (IOException e) {
      throw new PeerFailedException("the server sent malformed CBOR: " + e.getMessage());
    }
  }

  /** The next message of a type; others are skipped. */
  JsonNode receive(String type) {
    for (JsonNode message = receive(); ; message = receive()) {
      if (message.path("type").asText().equals(type)) {
        return message;
      }
    }
  }

  /** Waits until the server closes. */
  Closed awaitClose() {
    try {
      return closed.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new PeerFailedException("the server did not close within " + PATIENCE);
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  boolean isClosed() {
    return closed.isDone();
  }

  @Override
  public void close() {
    socket.abort();
    http.shutdownNow();
  }

  private final class Listener implements WebSocket.Listener {
    private final java.io.ByteArrayOutputStream partial = new java.io.ByteArrayOutputStream();

    @Override
    public @Nullable CompletionStage<?> onBinary(
        WebSocket webSocket, ByteBuffer data, boolean last) {
      byte[] bytes = new byte[data.remaining()];
      data.get(bytes);
      partial.writeBytes(bytes);
      if (last) {
        frames.add(partial.toByteArray());
        partial.reset();
      }
      webSocket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(
        WebSocket webSocket, int statusCode, String reason) {
      closed.complete(new Closed(statusCode, reason));
      return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable error) {
      closed.complete(new Closed(1006, String.valueOf(error.getMessage())));
    }
  }
}
