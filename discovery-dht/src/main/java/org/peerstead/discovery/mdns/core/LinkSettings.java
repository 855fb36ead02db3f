package org.peerstead.discovery.mdns.core;

import java.time.Duration;

/**
 * How a node behaves on a link.
 *
 * @param tcpPort port that peers may connect to; 0 when it takes no connections
 * @param rotation how long a name and a salt live, a tenth more or less
 * @param minUpdateInterval time between two changes of the digest on average, however often topics
 *     change
 * @param isDigestPublished whether the digest is sent at all
 * @param maxPeers peers that are remembered
 * @param maxPeersPerAddress peers that are remembered of one address
 * @param maxDatagramsPerSecond datagrams that are looked at, on average
 */
public record LinkSettings(
    int tcpPort,
    Duration rotation,
    Duration minUpdateInterval,
    boolean isDigestPublished,
    int maxPeers,
    int maxPeersPerAddress,
    int maxDatagramsPerSecond) {
  /** Checks the ranges. */
  public LinkSettings {
    if (tcpPort < 0 || tcpPort > 0xffff) {
      throw new IllegalArgumentException("port " + tcpPort);
    }
    if (rotation.compareTo(Duration.ofSeconds(10)) < 0) {
      throw new IllegalArgumentException("rotation " + rotation + " is under 10 s");
    }
    if (minUpdateInterval.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException("update interval " + minUpdateInterval + " is under 1 s");
    }
    if (maxPeers < 1 || maxPeersPerAddress < 1 || maxDatagramsPerSecond < 1) {
      throw new IllegalArgumentException("a limit is under 1");
    }
  }
}
