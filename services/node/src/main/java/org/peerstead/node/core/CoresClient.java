package org.peerstead.node.core;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peerstead.node.doc.CommandFailure;
import org.peerstead.node.doc.DocCommand;
import org.peerstead.node.doc.ExitCode;
import org.peerstead.securestream.crypto.CryptoException;
import org.peerstead.securestream.crypto.KeyText;
import org.peerstead.securestream.encoding.Fixed32;

/** Speaks the cores' REST API of a running node. Requests block; may be shared between threads. */
final class CoresClient implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** Verifying a large core and copying a large store take their time. */
  private static final Duration REQUEST_TIMEOUT = Duration.ofHours(24);

  private static final String CORES = "cores";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** No node listens at the address. */
  static final class NoNodeException extends Exception {
    private static final long serialVersionUID = 1L;

    NoNodeException(URI node) {
      super("no node answers at " + node + "; is it running? (peerstead up)");
    }
  }

  private final URI node;
  private final Optional<String> token;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT_TIMEOUT)
          .build();

  /**
   * @param node base address; a path in it is kept
   * @param token sent as a bearer token
   */
  CoresClient(URI node, Optional<String> token) {
    this.node = node;
    this.token = token;
  }

  /** Makes the core of this name, or finds it. */
  JsonNode create(String name) throws CommandFailure, NoNodeException {
    return json("POST", CORES, JSON.createObjectNode().put("name", name));
  }

  /** The key that a text means: a key itself, or the name of a core of the node. */
  String keyOf(String text) throws CommandFailure, NoNodeException {
    Optional<Fixed32> key = key(text);
    if (key.isPresent()) {
      return KeyText.encode(key.get());
    }
    JsonNode found =
        json("GET", CORES + "?name=" + URLEncoder.encode(text, StandardCharsets.UTF_8), null)
            .path("cores");
    if (found.isEmpty()) {
      throw new CommandFailure(
          ExitCode.FAILED,
          "the node has no core named " + text + ", and it is no key; see: peerstead core list");
    }
    return found.get(0).path("key").asText();
  }

  static Optional<Fixed32> key(String text) {
    try {
      return Optional.of(KeyText.parse(text));
    } catch (CryptoException e) {
      return Optional.empty();
    }
  }

  /** Appends blocks, all or none. */
  JsonNode append(String key, List<byte[]> blocks) throws CommandFailure, NoNodeException {
    ObjectNode body = JSON.createObjectNode();
    ArrayNode list = body.putArray("blocks");
    blocks.forEach(list::add);
    return json("POST", CORES + "/" + key + "/blocks", body);
  }

  /** Blocks from {@code from} on, as JSON with the length of the core. */
  JsonNode blockList(String key, long from, long to) throws CommandFailure, NoNodeException {
    return json("GET", CORES + "/" + key + "/blocks?from=" + from + "&to=" + to, null);
  }

  JsonNode info(String key) throws CommandFailure, NoNodeException {
    return json("GET", CORES + "/" + key, null);
  }

  JsonNode follow(String key, ObjectNode wish) throws CommandFailure, NoNodeException {
    return json("PUT", CORES + "/" + key + "/follow", wish);
  }

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  void unfollow(String key) throws CommandFailure, NoNodeException {
    json("DELETE", CORES + "/" + key + "/follow", null);
  }

  void pin(String key, boolean isPinned) throws CommandFailure, NoNodeException {
    json(isPinned ? "PUT" : "DELETE", CORES + "/" + key + "/pin", null);
  }

  void delete(String key) throws CommandFailure, NoNodeException {
    json("DELETE", CORES + "/" + key, null);
  }

  JsonNode verify(String key) throws CommandFailure, NoNodeException {
    return json("POST", CORES + "/" + key + "/verify", null);
  }

  /** Has the node copy its cores; answers where to. */
  String backup() throws CommandFailure, NoNodeException {
    return json("POST", "storage-peer/backups", null).path("folder").asText();
  }

  /** A page of cores; {@code next} in it leads on. */
  JsonNode list(@Nullable String after) throws CommandFailure, NoNodeException {
    return json("GET", CORES + "?limit=1000" + (after == null ? "" : "&after=" + after), null);
  }

  private JsonNode json(String method, String path, @Nullable ObjectNode body)
      throws CommandFailure, NoNodeException {
    HttpRequest.Builder request = request(path).header("Accept", "application/json");
    if (body == null) {
      request.method(method, HttpRequest.BodyPublishers.noBody());
    } else {
      request
          .header("Content-Type", "application/json")
          .method(method, HttpRequest.BodyPublishers.ofString(body.toString()));
    }
    byte[] answer = send(request.build()).body();
    try {
      return answer.length == 0 ? JSON.missingNode() : JSON.readTree(answer);
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.NODE, "the node's answer is no JSON");
    }
  }

  private HttpRequest.Builder request(String path) {
    String base = node.toString();
    String address =
        (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + "/api/v1/" + path;
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(address)).timeout(REQUEST_TIMEOUT);
    token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
    return request;
  }

  private HttpResponse<byte[]> send(HttpRequest request) throws CommandFailure, NoNodeException {
    try {
      HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
      if (response.statusCode() / 100 != 2) {
        throw refused(response);
      }
      return response;
    } catch (ConnectException | HttpConnectTimeoutException e) {
      throw new NoNodeException(node);
    } catch (HttpTimeoutException e) {
      throw new CommandFailure(
          ExitCode.NODE, "the node at " + node + " did not answer within " + REQUEST_TIMEOUT);
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.NODE, "the connection to " + node + " broke: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure(ExitCode.NODE, "interrupted");
    }
  }

  private static CommandFailure refused(HttpResponse<byte[]> response) {
    String meaning =
        switch (response.statusCode()) {
          case 401 -> "the node wants another token (set " + DocCommand.TOKEN_VARIABLE + ")";
          case 404 -> "not found";
          case 409 -> "not possible";
          case 413 -> "too large for the node";
          case 507 -> "the node has no room";
          default -> "the node answered " + response.statusCode();
        };
    String detail = "";
    try {
      detail = JSON.readTree(response.body()).path("detail").asText();
    } catch (IOException e) {
      // The status alone has to do.
    }
    return new CommandFailure(ExitCode.NODE, detail.isEmpty() ? meaning : meaning + ": " + detail);
  }

  @Override
  public void close() {
    client.close();
  }
}
