package org.peerstead.benchmarks.relay;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A measured server: one that this run started, or one that ran already. */
final class RelayProcess implements AutoCloseable {
  static final String USER = "bench";
  static final String PASSWORD = "relayed";

  /** How {@code ./peerstead up} starts a node. */
  private static final List<String> LAUNCHER_OPTIONS =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-XX:+ExitOnOutOfMemoryError",
          "-XX:+UseCompactObjectHeaders",
          "-XX:+UseG1GC",
          "-Xms32m",
          "-XX:GCTimeRatio=4",
          "-XX:G1HeapRegionSize=1m");

  private final String name;
  private final TurnTarget target;
  private final @Nullable ProcessFigures figures;
  private final @Nullable Process process;

  private RelayProcess(
      String name, TurnTarget target, @Nullable ProcessFigures figures, @Nullable Process process) {
    this.name = name;
    this.target = target;
    this.figures = figures;
    this.process = process;
  }

  /** A server that serves already. It is not ended. */
  static RelayProcess attach(TurnTarget target, long pid) {
    return new RelayProcess("attached", target, pid == 0 ? null : new ProcessFigures(pid), null);
  }

  /** Starts a server and waits until it answers. */
  static RelayProcess start(String name, RelayOptions options) throws IOException {
    int port = freePort();
    List<String> command =
        name.equals("coturn") ? coturn(port, options) : ours(port, name, options);
    Process process =
        new ProcessBuilder(command)
            .redirectError(
                name.equals("coturn")
                    ? ProcessBuilder.Redirect.DISCARD
                    : ProcessBuilder.Redirect.INHERIT)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    TurnTarget target = new TurnTarget(TurnTarget.LOOPBACK, port, USER, PASSWORD);
    try (TurnClients clients = new TurnClients(target)) {
      clients.awaitServer();
    } catch (IOException e) {
      process.destroyForcibly();
      throw e;
    }
    return new RelayProcess(name, target, new ProcessFigures(process.pid()), process);
  }

  private static List<String> ours(int port, String name, RelayOptions options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(LAUNCHER_OPTIONS);
    command.addAll(options.javaOptions());
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            RelayChild.class.getName(),
            Integer.toString(port),
            Integer.toString(options.threads()),
            name));
    return command;
  }

  /**
   * Debian's coturn with what this load needs, and no listener but UDP. Its log goes nowhere: that
   * is the cheapest for it.
   */
  private static List<String> coturn(int port, RelayOptions options) throws IOException {
    Path folder = Files.createTempDirectory("peerstead-relay-bench");
    folder.toFile().deleteOnExit();
    return List.of(
        "turnserver",
        "-n",
        "--listening-ip=127.0.0.1",
        // Of its own: it keeps ports for a while that others would wait for in vain.
        "--relay-ip=127.0.0.3",
        "--min-port=10000",
        "--listening-port=" + port,
        "--relay-threads=" + options.threads(),
        "--lt-cred-mech",
        "--user=" + USER + ":" + PASSWORD,
        "--realm=relay",
        "--allow-loopback-peers",
        "--no-cli",
        "--no-tls",
        "--no-dtls",
        "--no-tcp",
        "--no-tcp-relay",
        "--log-file=stdout",
        "--pidfile=" + folder.resolve("pid"),
        "--userdb=" + folder.resolve("users"));
  }

  private static int freePort() throws IOException {
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  String name() {
    return name;
  }

  TurnTarget target() {
    return target;
  }

  /** What Linux says of the process; null when it is not known. */
  @Nullable ProcessFigures figures() {
    return figures;
  }

  @Override
  public void close() {
    if (process == null) {
      return;
    }
    if (name.equals("coturn")) {
      process.destroy();
    }
    try {
      // Ours ends with its input.
      process.getOutputStream().close();
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
