package org.peerstead.relay.net.dtls;

import java.time.Duration;

/**
 * What DTLS sessions may cost. A source is an IPv4 address or an IPv6 /64. Until its engine says
 * that a session is settled, anybody with an address could have made it.
 *
 * @param sessions all at once, handshakes included
 * @param sessionsPerSource all at once, handshakes included
 * @param handshakes at once; each holds about 100 KB at worst
 * @param handshakesPerSource at once
 * @param handshake how long one may take
 * @param unsettledFor how long a session may be unsettled in one go
 * @param cookieSecret how long cookies are made with one secret; they count for up to twice as long
 */
public record DtlsLimits(
    int sessions,
    int sessionsPerSource,
    int handshakes,
    int handshakesPerSource,
    Duration handshake,
    Duration unsettledFor,
    Duration cookieSecret) {
  public static final DtlsLimits DEFAULTS =
      new DtlsLimits(
          16_384,
          512,
          256,
          32,
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofMinutes(5));

  public DtlsLimits {
    if (sessions < 1 || sessionsPerSource < 1 || handshakes < 1 || handshakesPerSource < 1) {
      throw new IllegalArgumentException("at least one session must be allowed");
    }
  }
}
