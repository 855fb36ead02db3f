package org.peerstead.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A child process that is asked and answers with one JSON object per line; answers carry the number
 * of their request. Thread-safe. The process ends when its input is closed.
 */
final class JsonLines implements AutoCloseable {
  static final JsonMapper MAPPER = JsonMapper.builder().build();

  /** Lines of standard error that a failure shows. */
  private static final int KEPT_ERROR_LINES = 40;

  private final Process process;
  private final BufferedWriter input;
  private final AtomicLong lastId = new AtomicLong();
  private final ConcurrentHashMap<Long, CompletableFuture<JsonNode>> waiting =
      new ConcurrentHashMap<>();
  private final Deque<String> errorLines = new ArrayDeque<>();

  /** No answer will come any more. Set before those who wait are told. */
  private volatile boolean hasEnded;

  private JsonLines(Process process) {
    this.process = process;
    this.input =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    Thread.ofVirtual().start(this::readAnswers);
    Thread.ofVirtual().start(() -> keepErrors(process.getErrorStream()));
  }

  /** Starts {@code command}. */
  static JsonLines start(List<String> command) {
    try {
      return new JsonLines(new ProcessBuilder(command).start());
    } catch (IOException e) {
      throw new AssertionError("cannot start " + String.join(" ", command), e);
    }
  }

  /**
   * Sends a request; the answer completes the future, an error answer completes it exceptionally.
   */
  CompletableFuture<JsonNode> send(ObjectNode request) {
    long id = lastId.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    waiting.put(id, answer);
    request.put("id", id);
    try {
      synchronized (input) {
        input.write(MAPPER.writeValueAsString(request));
        input.write('\n');
        input.flush();
      }
    } catch (IOException e) {
      answer.completeExceptionally(new PeerFailedException("the process is gone: " + errors()));
    }
    if (hasEnded) {
      answer.completeExceptionally(new PeerFailedException("the process is gone: " + errors()));
    }
    return answer;
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @throws PeerFailedException when the peer answers with an error or not in time
   */
  JsonNode ask(ObjectNode request, Duration timeout) {
    try {
      return send(request).get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof PeerFailedException failure) {
        throw new PeerFailedException(brief(request) + ": " + failure.getMessage());
      }
      throw new AssertionError(e);
    } catch (TimeoutException e) {
      throw new PeerFailedException(
          brief(request) + ": no answer within " + timeout + "; " + errors());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  private static String brief(ObjectNode request) {
    String text = request.toString();
    return text.length() <= 300 ? text : text.substring(0, 300) + "...";
  }

  boolean isAlive() {
    return process.isAlive();
  }

  private void readAnswers() {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        JsonNode answer = MAPPER.readTree(line);
        CompletableFuture<JsonNode> future = waiting.remove(answer.path("id").asLong());
        if (future == null) {
          continue;
        }
        if (answer.has("error")) {
          future.completeExceptionally(new PeerFailedException(answer.get("error").asText()));
        } else {
          future.complete(answer);
        }
      }
    } catch (IOException e) {
      // The process is gone; everybody who waits is told below.
    }
    waiting
        .values()
        .forEach(future ->
            future.completeExceptionally(
                new PeerFailedException("the process ended: " + errors())));
  }

  private void keepErrors(InputStream stream) {
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        synchronized (errorLines) {
          errorLines.addLast(line);
          if (errorLines.size() > KEPT_ERROR_LINES) {
            errorLines.removeFirst();
          }
        }
      }
    } catch (IOException e) {
      // The process is gone; what it said is kept.
    }
  }

  private String errors() {
    synchronized (errorLines) {
      return errorLines.isEmpty() ? "(nothing on standard error)" : String.join("\n", errorLines);
    }
  }

  @Override
  public void close() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // Already gone.
    }
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
