package org.peerstead.interop;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A computer without any network but its own loopback, until {@link #connect} gives it a cable: a
 * Linux network namespace. It lives as long as the process that holds it, so that nothing stays
 * behind. Needs root, {@code unshare}, {@code nsenter} and {@code ip}.
 */
final class NetworkNamespace implements AutoCloseable {
  private final Process holder;

  private NetworkNamespace(Process holder) {
    this.holder = holder;
  }

  /** A new one; empty when this machine does not let us. */
  static Optional<NetworkNamespace> open() {
    try {
      // The shell waits for the end of its input, which is our end at the latest.
      Process holder =
          new ProcessBuilder(
                  "unshare", "--net", "sh", "-c", "ip link set lo up && echo ready && exec cat")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String line = holder.inputReader(StandardCharsets.US_ASCII).readLine();
      if ("ready".equals(line)) {
        return Optional.of(new NetworkNamespace(holder));
      }
      holder.destroyForcibly();
      return Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Joins two by a cable, with the addresses 10.77.0.1 and 10.77.0.2; false when that fails. */
  static boolean connect(NetworkNamespace one, NetworkNamespace two) {
    String other = Long.toString(two.holder.pid());
    return one.runs("ip", "link", "add", "cable", "type", "veth", "peer", "cable", "netns", other)
        && one.runs("ip", "address", "add", "10.77.0.1/24", "dev", "cable")
        && two.runs("ip", "address", "add", "10.77.0.2/24", "dev", "cable")
        && one.runs("ip", "link", "set", "cable", "up")
        && two.runs("ip", "link", "set", "cable", "up");
  }

  /** The command line that runs a command in here. */
  List<String> inside(List<String> command) {
    var line = new ArrayList<String>();
    line.addAll(List.of("nsenter", "--target", Long.toString(holder.pid()), "--net"));
    line.addAll(command);
    return line;
  }

  private boolean runs(String... command) {
    try {
      Process child =
          new ProcessBuilder(inside(List.of(command)))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return child.waitFor(20, TimeUnit.SECONDS) && child.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Starts a program in here, its output in a file. */
  Process start(List<String> command, Path log) throws IOException {
    return new ProcessBuilder(inside(command))
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  @Override
  public void close() {
    holder.destroyForcibly();
  }
}
