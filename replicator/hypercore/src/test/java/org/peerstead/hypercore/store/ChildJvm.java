package org.peerstead.hypercore.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.util.Environment;

/**
 * A process with the class path of this one, to be killed. What it prints is read line by line;
 * what it complains about goes to this process's error output.
 */
public final class ChildJvm implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  private ChildJvm(Process process) {
    this.process = process;
    this.output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /**
   * Starts {@code main}.
   *
   * @param library folder made by {@link #nativeLibrary}
   * @param shellPrefix shell commands to run before, such as a limit; empty for none
   */
  public static ChildJvm start(
      Path library, String shellPrefix, Class<?> main, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    if (!shellPrefix.isEmpty()) {
      command.addAll(List.of("sh", "-c", shellPrefix + "; exec \"$@\"", "sh"));
    }
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xshare:auto",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx128m",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED",
            "-Djava.library.path=" + library,
            "-cp",
            System.getProperty("java.class.path"),
            main.getName()));
    command.addAll(arguments);
    return new ChildJvm(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /**
   * Unpacks RocksDB's native part, once for many children: each would do it for itself, and leave
   * it behind when it is killed.
   */
  public static Path nativeLibrary(Path folder) throws IOException {
    try (InputStream packed =
        ChildJvm.class.getResourceAsStream("/" + Environment.getJniLibraryFileName("rocksdb"))) {
      if (packed == null) {
        throw new IOException("no native part of RocksDB for this platform");
      }
      Files.copy(packed, folder.resolve(Environment.getSharedLibraryFileName("rocksdb")));
    }
    return folder;
  }

  /** Writes a line to its input. */
  public void say(String line) {
    try {
      process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The next line, or null when the process has ended. A line that was cut off is not returned. */
  public @Nullable String readLine() {
    try {
      var line = new StringBuilder();
      for (int c = output.read(); c >= 0; c = output.read()) {
        if (c == '\n') {
          return line.toString();
        }
        line.append((char) c);
      }
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Kills the process as {@code kill -9} does. What it printed before can still be read. */
  public void kill() {
    // Through the handle: the process itself would close its output at once.
    process.toHandle().destroyForcibly();
  }

  /** Waits for the end of the process: its exit status. */
  public int await() throws InterruptedException {
    return process.waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
