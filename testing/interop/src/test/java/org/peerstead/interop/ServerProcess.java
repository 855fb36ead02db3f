package org.peerstead.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/** One run after another of a server's command line; its output goes to a file beside the data. */
final class ServerProcess {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(15);

  private final String name;
  private final List<String> command;
  private final Map<String, String> environment;
  private final Path log;
  private final BooleanSupplier ready;
  private @Nullable Process process;

  ServerProcess(
      String name,
      List<String> command,
      Map<String, String> environment,
      Path log,
      BooleanSupplier ready) {
    this.name = name;
    this.command = List.copyOf(command);
    this.environment = Map.copyOf(environment);
    this.log = log;
    this.ready = ready;
  }

  /** A port that was free a moment ago. */
  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A UDP port that was free a moment ago. */
  static int freeUdpPort() {
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts the process and waits until it is ready; fails with its output when it ends or hangs.
   */
  void start() {
    Process started = launch();
    try {
      Awaitility.await(name + " ready")
          .atMost(START_TIMEOUT)
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> !started.isAlive() || ready.getAsBoolean());
    } catch (ConditionTimeoutException e) {
      kill();
      throw new AssertionError(
          name + " was not ready within " + START_TIMEOUT + ":\n" + output(), e);
    }
    if (!started.isAlive()) {
      throw new AssertionError(
          name + " ended with status " + started.exitValue() + ":\n" + output());
    }
  }

  /** Starts the process without waiting. */
  Process launch() {
    if (process != null && process.isAlive()) {
      throw new IllegalStateException(name + " runs already");
    }
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    try {
      Process started = builder.start();
      started.getOutputStream().close();
      process = started;
      return started;
    } catch (IOException e) {
      throw new AssertionError("cannot start " + name, e);
    }
  }

  /**
   * SIGTERM; fails when the process is still there after {@link #STOP_TIMEOUT}. Returns its status.
   */
  int stop() {
    Process running = running();
    running.destroy();
    if (!awaitEnd(running)) {
      running.destroyForcibly();
      throw new AssertionError(name + " did not stop within " + STOP_TIMEOUT + ":\n" + output());
    }
    return running.exitValue();
  }

  /** SIGKILL. */
  void kill() {
    Process running = running();
    running.destroyForcibly();
    if (!awaitEnd(running)) {
      throw new AssertionError(name + " survived SIGKILL");
    }
  }

  /** Ends the process if it runs; for tests that are over. */
  void close() {
    if (process != null && process.isAlive()) {
      kill();
    }
  }

  boolean isAlive() {
    return process != null && process.isAlive();
  }

  long pid() {
    return running().pid();
  }

  /** Everything the process has printed so far, in all its runs. */
  String output() {
    try {
      return Files.readString(log, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "(no output: " + e.getMessage() + ")";
    }
  }

  private Process running() {
    if (process == null) {
      throw new IllegalStateException(name + " was never started");
    }
    return process;
  }

  private static boolean awaitEnd(Process running) {
    try {
      return running.waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
