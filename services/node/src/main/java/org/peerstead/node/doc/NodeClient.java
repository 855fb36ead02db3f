package org.peerstead.node.doc;

import java.io.IOException;
import java.io.InputStream;
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
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.peerstead.events.DocumentId;

/**
 * Speaks the REST API of a running node. Requests block; a client may be shared between threads.
 */
final class NodeClient {
  /** Media type of an Automerge file. */
  static final String AUTOMERGE = "application/vnd.automerge";

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration REQUEST_TIMEOUT = Duration.ofMinutes(5);

  /** Longest text taken from an answer that is not a document. */
  private static final int MAX_TEXT_BYTES = 64 << 10;

  private static final Pattern DOCUMENT_ID = Pattern.compile("\"id\"\\s*:\\s*\"(\\w+)\"");
  private static final Pattern DETAIL =
      Pattern.compile("\"detail\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.){1,300})\"");

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
  NodeClient(URI node, Optional<String> token) {
    this.node = node;
    this.token = token;
  }

  /**
   * The document as an Automerge file.
   *
   * @param document its id or {@code automerge:} URL; heads behind {@code #} select a past state
   * @param maxBytes largest answer accepted
   */
  byte[] export(String document, int maxBytes) throws CommandFailure {
    int fragment = document.indexOf('#');
    DocumentId id = id(fragment < 0 ? document : document.substring(0, fragment));
    String query =
        fragment < 0
            ? ""
            : "?heads="
                + URLEncoder.encode(document.substring(fragment + 1), StandardCharsets.UTF_8);
    HttpRequest request =
        request("/api/v1/documents/" + id + ".automerge" + query)
            .header("Accept", AUTOMERGE)
            .GET()
            .build();
    HttpResponse<InputStream> response = send(request);
    try (InputStream body = response.body()) {
      requireSuccess(response, body);
      byte[] bytes = body.readNBytes(maxBytes);
      if (bytes.length == maxBytes && body.read() >= 0) {
        throw new CommandFailure(
            ExitCode.FAILED,
            "the document is larger than " + maxBytes + " bytes; raise the limit with --max-bytes");
      }
      return bytes;
    } catch (IOException e) {
      throw broken(e);
    }
  }

  /**
   * Stores an Automerge file and returns the document's URL.
   *
   * @param target the document to merge it into, made when the node has none of that id; empty for
   *     a new document
   */
  String store(byte[] automerge, Optional<String> target) throws CommandFailure {
    HttpRequest.BodyPublisher file = HttpRequest.BodyPublishers.ofByteArray(automerge);
    HttpRequest.Builder request =
        target.isPresent()
            ? request("/api/v1/documents/" + id(target.get())).PUT(file)
            : request("/api/v1/documents").POST(file);
    HttpResponse<InputStream> response =
        send(
            request.header("Content-Type", AUTOMERGE).header("Accept", "application/json").build());
    try (InputStream body = response.body()) {
      requireSuccess(response, body);
      Matcher id = DOCUMENT_ID.matcher(text(body));
      if (!id.find() || DocumentId.parse(id.group(1)).isEmpty()) {
        throw new CommandFailure(ExitCode.NODE, "the node's answer names no document");
      }
      return "automerge:" + id.group(1);
    } catch (IOException e) {
      throw broken(e);
    }
  }

  private static DocumentId id(String text) throws CommandFailure {
    return DocumentId.parse(text)
        .orElseThrow(() ->
            new CommandFailure(ExitCode.USAGE, "not a document id or automerge: URL: " + text));
  }

  private HttpRequest.Builder request(String path) {
    String base = node.toString();
    String address = (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path;
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(address)).timeout(REQUEST_TIMEOUT);
    token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
    return request;
  }

  private HttpResponse<InputStream> send(HttpRequest request) throws CommandFailure {
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
    } catch (ConnectException | HttpConnectTimeoutException e) {
      throw new CommandFailure(
          ExitCode.NODE, "no node answers at " + node + "; is it running? (peerstead up)");
    } catch (HttpTimeoutException e) {
      throw new CommandFailure(
          ExitCode.NODE, "the node at " + node + " did not answer within " + REQUEST_TIMEOUT);
    } catch (IOException e) {
      throw broken(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure(ExitCode.NODE, "interrupted");
    }
  }

  private void requireSuccess(HttpResponse<InputStream> response, InputStream body)
      throws IOException, CommandFailure {
    int status = response.statusCode();
    if (status / 100 == 2) {
      return;
    }
    String meaning =
        switch (status) {
          case 401, 403 -> "the node wants another token (set " + DocCommand.TOKEN_VARIABLE + ")";
          case 404 -> "the node has no such document";
          case 410 -> "the document was deleted on the node";
          case 413 -> "too large for the node";
          case 507 -> "the node's store is full";
          default -> "the node answered " + status;
        };
    Matcher detail = DETAIL.matcher(text(body));
    throw new CommandFailure(
        ExitCode.NODE, detail.find() ? meaning + ": " + detail.group(1) : meaning);
  }

  private static String text(InputStream body) throws IOException {
    return new String(body.readNBytes(MAX_TEXT_BYTES), StandardCharsets.UTF_8);
  }

  private CommandFailure broken(IOException e) {
    return new CommandFailure(
        ExitCode.NODE, "the connection to " + node + " broke: " + e.getMessage());
  }
}
