package org.peerstead.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;

/**
 * The engine of the npm package in a long-lived Node.js process. A process that ended after a panic
 * of its WebAssembly module is replaced by a new, empty one with the next request. Not thread-safe.
 */
final class EnginePeer implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private JsonLines process = start();

  private static JsonLines start() {
    return JsonLines.start(PinnedPeers.program("engine-peer.mjs"));
  }

  /** Asks with a command name and further fields. */
  JsonNode ask(String command, ObjectNode request) {
    if (!process.isAlive()) {
      process.close();
      process = start();
    }
    return process.ask(request.put("cmd", command), TIMEOUT);
  }

  @Override
  public void close() {
    process.close();
  }
}
