package org.peerstead.relay.turn;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * TCP connections of peers that wait for a client's ConnectionBind (RFC 6062 section 5.4), on
 * whichever loop they are. Thread-safe.
 */
final class ConnectionIds {
  /** A connection that waits, and whose it is. */
  record Waiting(String username, PeerConnection connection) {}

  private final Map<Integer, Waiting> waiting = new ConcurrentHashMap<>();
  private final RandomGenerator secrets;

  ConnectionIds(RandomGenerator secrets) {
    this.secrets = secrets;
  }

  int add(String username, PeerConnection connection) {
    Waiting added = new Waiting(username, connection);
    while (true) {
      int id = secrets.nextInt();
      if (waiting.putIfAbsent(id, added) == null) {
        return id;
      }
    }
  }

  /** Takes a connection out, once, for the user that it waits for. */
  @Nullable PeerConnection take(int id, String username) {
    Waiting found = waiting.get(id);
    return found != null && found.username().equals(username) && waiting.remove(id, found)
        ? found.connection()
        : null;
  }

  /** Takes a connection out, once, since nobody came for it. */
  @Nullable PeerConnection giveUp(int id) {
    Waiting found = waiting.remove(id);
    return found == null ? null : found.connection();
  }
}
