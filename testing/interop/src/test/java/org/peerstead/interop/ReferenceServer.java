package org.peerstead.interop;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The npm servers that Peerstead is a drop-in replacement for. */
final class ReferenceServer implements SyncServer {
  /** Which npm server. */
  enum Kind {
    /** {@code automerge-repo-sync-server} as published, with its own automerge-repo 1.2.1. */
    PUBLISHED,
    /** The same configuration on automerge-repo 2.5.6. */
    CURRENT
  }

  private final ServerProcess process;
  private final int port;

  private ReferenceServer(Kind kind, Path folder) {
    port = ServerProcess.freePort();
    List<String> command =
        Stream.concat(
                PinnedPeers.program("reference-server.mjs").stream(),
                Stream.of(kind.name().toLowerCase(java.util.Locale.ROOT)))
            .toList();
    process =
        new ServerProcess(
            kind + " npm server",
            command,
            Map.of("PORT", Integer.toString(port), "DATA_DIR", folder.resolve("data").toString()),
            folder.resolve("server.log"),
            this::accepts);
  }

  /** Starts a server with its data and log below {@code folder}. */
  static ReferenceServer start(Kind kind, Path folder) {
    ReferenceServer server = new ReferenceServer(kind, folder);
    server.start();
    return server;
  }

  private boolean accepts() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public String url() {
    return "ws://127.0.0.1:" + port;
  }

  @Override
  public void start() {
    process.start();
  }

  @Override
  public void stop() {
    process.stop();
  }

  @Override
  public void kill() {
    process.kill();
  }

  @Override
  public void close() {
    process.close();
  }
}
