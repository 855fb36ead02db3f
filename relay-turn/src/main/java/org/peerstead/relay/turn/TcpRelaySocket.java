package org.peerstead.relay.turn;

import org.jspecify.annotations.Nullable;

/** The relayed TCP address of an allocation: listens, and connects from the same port. */
public interface TcpRelaySocket {
  /** Hears how an attempt ends, once, on the owner thread. */
  @FunctionalInterface
  interface Connected {
    /**
     * @param connection null when it failed or took too long
     */
    void done(@Nullable PeerConnection connection, long nowNanos);
  }

  void connect(long high, long low, int port, long timeoutNanos, Connected connected);

  /** Also ends every connection that came through it. */
  void close();
}
