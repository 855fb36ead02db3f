package org.peerstead.relay.turn;

import org.peerstead.relay.turn.quota.StreamPace;

/** What hears a {@link TcpRelaySocket}. On the engine's owner thread. */
public interface TcpPeerSink {
  /** How fast the connections may go once they are joined. */
  StreamPace pace();

  /** A peer has connected. It may send at most a bounded amount until it is joined. */
  void incoming(PeerConnection connection, long high, long low, int port, long nowNanos);

  /** A connection has ended, joined or not; not called for those that the engine closed. */
  void ended(PeerConnection connection, long nowNanos);

  /** Bytes that joined connections have carried since the last call. */
  void carried(long bytesUp, long bytesDown);
}
