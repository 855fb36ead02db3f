package org.peerstead.benchmarks.dht;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The process of a measured node. It writes {@code ready PORT} when it serves on 127.0.0.1, and
 * answers the line {@code memory} with {@code memory HEAP-BYTES} after a garbage collection. It
 * ends when its input does. Linux: times and sizes come from {@code /proc}.
 */
final class ServerProcess implements AutoCloseable {
  /** Length of the ticks in which Linux counts processor time for programs. */
  private static final long NANOS_PER_TICK = 10_000_000;

  /** What the process can be told; null when it is not ours. */
  private final @Nullable Conversation conversation;

  private final long pid;
  private final int port;

  private record Conversation(Process process, BufferedReader lines, Writer commands) {}

  private ServerProcess(@Nullable Conversation conversation, long pid, int port) {
    this.conversation = conversation;
    this.pid = pid;
    this.port = port;
  }

  /** A process that serves already, {@code PORT:PID}. It is not ended. */
  static ServerProcess attach(String text) {
    String[] parts = text.split(":", 2);
    return new ServerProcess(null, Long.parseLong(parts[1]), Integer.parseInt(parts[0]));
  }

  /** Starts a process and waits until it serves. */
  static ServerProcess start(List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
    String first = lines.readLine();
    while (first != null && !first.startsWith("ready ")) {
      // What options of the JVM make it say.
      first = lines.readLine();
    }
    if (first == null) {
      process.destroyForcibly();
      throw new IOException("the node did not start: " + command);
    }
    return new ServerProcess(
        new Conversation(process, lines, process.outputWriter(StandardCharsets.UTF_8)),
        process.pid(),
        Integer.parseInt(first.substring("ready ".length()).strip()));
  }

  int port() {
    return port;
  }

  /** Processor time of all its threads so far. */
  long cpuNanos() throws IOException {
    String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
    // The name of the program, in parentheses, may contain blanks.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    int userAt = 11;
    return (Long.parseLong(fields[userAt]) + Long.parseLong(fields[userAt + 1])) * NANOS_PER_TICK;
  }

  /** Memory that it has from the system now. */
  long residentBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
      if (line.startsWith("VmRSS:")) {
        return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IOException("no VmRSS of process " + pid);
  }

  /** Bytes of live objects; 0 when the process is not ours to ask. */
  long heapBytes() throws IOException {
    if (conversation == null) {
      return 0;
    }
    conversation.commands().write("memory\n");
    conversation.commands().flush();
    String line = conversation.lines().readLine();
    if (line == null || !line.startsWith("memory ")) {
      throw new IOException("no answer of the node's process: " + line);
    }
    return Long.parseLong(line.substring("memory ".length()).strip());
  }

  @Override
  public void close() throws IOException {
    if (conversation == null) {
      return;
    }
    Process process = conversation.process();
    conversation.commands().close();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
