package org.peerstead.relay.turn;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.auth.Principal;

/**
 * TCP connections of peers that wait for a client's ConnectionBind (RFC 6062 section 5.4), on
 * whichever loop they are. Thread-safe.
 */
final class ConnectionIds {
  /** A connection that waits, and whose it is; see {@link Allocation#tokenHolder}. */
  record Waiting(String username, @Nullable Principal tokenHolder, PeerConnection connection) {}

  private final Map<Integer, Waiting> waiting = new ConcurrentHashMap<>();
  private final RandomGenerator secrets;

  ConnectionIds(RandomGenerator secrets) {
    this.secrets = secrets;
  }

  int add(String username, @Nullable Principal tokenHolder, PeerConnection connection) {
    Waiting added = new Waiting(username, tokenHolder, connection);
    while (true) {
      int id = secrets.nextInt();
      if (waiting.putIfAbsent(id, added) == null) {
        return id;
      }
    }
  }

  /** Whose access token a connection's allocation lives on; null without one. */
  @Nullable Principal tokenHolder(int id) {
    Waiting found = waiting.get(id);
    return found == null ? null : found.tokenHolder();
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
