package org.peerstead.relay.net.netty;

import java.time.Duration;

/**
 * What connections of clients may cost. A connection is settled while its engine says so ({@link
 * org.peerstead.relay.turn.RelayEngine#isSettled}); until then anybody could have made it.
 *
 * @param connections all at once
 * @param connectionsPerSource at once from one IPv4 address or one IPv6 /64
 * @param unsettled at once that are not settled
 * @param handshake from accepting to the end of the TLS handshake, and to the end of a proxy's
 *     header
 * @param firstRequest from there to the end of the first message
 * @param unsettledFor how long a connection may be unsettled in one go
 * @param frame from the first to the last byte of one message
 * @param waitingBytes what may wait for a slow reader; what comes then is dropped
 */
public record ConnectionBounds(
    int connections,
    int connectionsPerSource,
    int unsettled,
    Duration handshake,
    Duration firstRequest,
    Duration unsettledFor,
    Duration frame,
    int waitingBytes) {
  public static final ConnectionBounds DEFAULTS =
      new ConnectionBounds(
          16_384,
          512,
          4_096,
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          Duration.ofSeconds(30),
          Duration.ofSeconds(20),
          512 * 1024);

  public ConnectionBounds {
    if (connections < 1 || connectionsPerSource < 1 || unsettled < 1) {
      throw new IllegalArgumentException("at least one connection must be allowed");
    }
    if (waitingBytes < 64 * 1024) {
      throw new IllegalArgumentException("a client must be able to have 65,536 bytes waiting");
    }
  }
}
