package org.peerstead.interop;

/** A sync server in a process of its own, bound to loopback. */
sealed interface SyncServer extends AutoCloseable permits PeersteadNode, ReferenceServer {
  /** What to point a client at: {@code ws://127.0.0.1:...}. */
  String url();

  /** Asks the server to stop and waits until it has. */
  void stop();

  /** Ends the process at once, as a power cut would (SIGKILL). */
  void kill();

  /** Starts the stopped or killed server again: same port, same data folder. */
  void start();

  @Override
  void close();
}
