package org.peerstead.node.doc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Speaks the JSON of a running node's REST API. Requests block; may be shared between threads. */
public final class JsonClient implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** Verifying a large core and copying a large store take their time. */
  private static final Duration REQUEST_TIMEOUT = Duration.ofHours(24);

  private static final ObjectMapper JSON = new ObjectMapper();

  /** No node listens at the address. */
  public static final class NoNodeException extends Exception {
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
  public JsonClient(URI node, Optional<String> token) {
    this.node = node;
    this.token = token;
  }

  /**
   * A client of the node that the options {@code --node} and {@code --token} name, or else the
   * environment.
   */
  public static JsonClient of(Arguments arguments, Map<String, String> environment)
      throws CommandFailure {
    String address =
        arguments
            .option("--node")
            .or(() -> Optional.ofNullable(environment.get(DocCommand.NODE_VARIABLE)))
            .orElse(DocCommand.DEFAULT_NODE);
    URI uri;
    try {
      uri = URI.create(address);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, "not a URL: " + address);
    }
    if (uri.getHost() == null
        || !(uri.getScheme().equals("http") || uri.getScheme().equals("https"))) {
      throw new CommandFailure(ExitCode.USAGE, "not an http or https URL: " + address);
    }
    return new JsonClient(
        uri,
        arguments
            .option("--token")
            .or(() -> Optional.ofNullable(environment.get(DocCommand.TOKEN_VARIABLE))));
  }

  /** An empty object. */
  public static ObjectNode object() {
    return JSON.createObjectNode();
  }

  /**
   * Sends a request and reads the answer.
   *
   * @param path below {@code /api/v1/}
   * @return missing when the answer has no body
   */
  public JsonNode json(String method, String path, @Nullable ObjectNode body)
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
