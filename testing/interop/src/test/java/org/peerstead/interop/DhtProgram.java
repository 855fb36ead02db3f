package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * A program of the folder {@code peers} that checks a DHT step by step and ends: see {@code
 * hyperdht-steps.mjs}.
 */
final class DhtProgram {
  private static final int PATIENCE_SECONDS = 120;

  private DhtProgram() {}

  /**
   * What became of a step.
   *
   * @param text the error, or what the step tells beside its success
   */
  record Step(String name, boolean isOk, long millis, String text) {}

  /** Runs the program to its end and returns its steps. */
  static List<Step> run(String program, String... arguments) {
    List<String> command = new ArrayList<>(PinnedPeers.program(program));
    command.addAll(List.of(arguments));
    try {
      Path output = Files.createTempFile("dht-program", ".jsonl");
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      process.getOutputStream().close();
      boolean hasEnded = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
      process.destroyForcibly();
      String text = Files.readString(output, StandardCharsets.UTF_8);
      Files.delete(output);
      assertThat(hasEnded).as("%s has ended:%n%s", command, text).isTrue();
      return steps(program, text);
    } catch (IOException e) {
      throw new AssertionError("cannot run " + command, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted during " + command, e);
    }
  }

  private static List<Step> steps(String program, String text) throws IOException {
    List<Step> steps = new ArrayList<>();
    boolean isComplete = false;
    for (String line : text.lines().filter(line -> line.startsWith("{")).toList()) {
      JsonNode json = JsonLines.MAPPER.readTree(line);
      isComplete |= json.has("summary");
      if (json.has("op")) {
        steps.add(
            new Step(
                json.get("op").asText(),
                json.get("ok").asBoolean(),
                json.path("ms").asLong(),
                json.has("error") ? json.get("error").asText() : json.path("detail").toString()));
      }
    }
    assertThat(isComplete).as("%s came to its end:%n%s", program, text).isTrue();
    return steps;
  }

  /** Runs the program now; each of its steps is a test. */
  static Stream<DynamicTest> tests(String name, String program, String... arguments) {
    return tests(name, run(program, arguments));
  }

  /** Each step as a test. */
  static Stream<DynamicTest> tests(String name, List<Step> steps) {
    return steps.stream()
        .map(step ->
            DynamicTest.dynamicTest(
                name + " " + step.name(),
                () ->
                    assertThat(step.isOk())
                        .as("%s after %d ms: %s", step.name(), step.millis(), step.text())
                        .isTrue()));
  }
}
