package org.peerstead.interop;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one run of a client of coturn said.
 *
 * @param status of the process
 * @param sent messages, of all clients of the run
 * @param received messages that came back
 * @param output all of it
 */
record TurnClientRun(int status, int sent, int received, String output) {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Pattern SENT = Pattern.compile("tot_send_msgs=([0-9]+)");
  private static final Pattern RECEIVED = Pattern.compile("tot_recv_msgs=([0-9]+)");

  /** Runs a program until it ends; its output may be long. */
  static TurnClientRun of(Path folder, String program, List<String> arguments) {
    List<String> command = new ArrayList<>(List.of(program));
    command.addAll(arguments);
    try {
      Path log = Files.createTempFile(folder, program, ".log");
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      process.getOutputStream().close();
      if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(
            command + " did not end:\n" + tail(Files.readString(log, StandardCharsets.ISO_8859_1)));
      }
      String output = Files.readString(log, StandardCharsets.ISO_8859_1);
      return new TurnClientRun(
          process.exitValue(), last(SENT, output), last(RECEIVED, output), output);
    } catch (IOException e) {
      throw new AssertionError("cannot run " + command, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted during " + command, e);
    }
  }

  private static int last(Pattern pattern, String output) {
    Matcher matcher = pattern.matcher(output);
    int last = 0;
    while (matcher.find()) {
      last = Integer.parseInt(matcher.group(1));
    }
    return last;
  }

  /** What a failure shows. */
  private static String tail(String output) {
    List<String> lines = output.lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
  }

  @Override
  public String toString() {
    return "status " + status + ", sent " + sent + ", received " + received + "\n" + tail(output);
  }
}
