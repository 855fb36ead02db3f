package org.peerstead.discovery.mdns;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.mdns.core.LinkSettings;

/**
 * How discovery in the local network works.
 *
 * @param link how the node behaves on each link
 * @param dhtPort UDP port of a HyperDHT node in this process that others may start from; 0 for none
 * @param boundAddress the only own address to announce, or null for those of every interface
 * @param interfaces names of the only interfaces to use; empty for all that are up, take multicast
 *     and are neither loopback nor point to point
 * @param isLoopbackUsed whether the loopback interface is used too, for nodes of one machine
 * @param rescanInterval how often interfaces are looked at
 */
public record LanConfig(
    LinkSettings link,
    int dhtPort,
    @Nullable InetAddress boundAddress,
    Set<String> interfaces,
    boolean isLoopbackUsed,
    Duration rescanInterval) {
  /** Topics of which no digest test is made: with so many, hardly any peer would be ruled out. */
  public static final int MAX_TESTED_TOPICS = 1024;

  /** Links that are used at a time. */
  static final int MAX_LINKS = 16;

  /** Checks the ranges and copies the set. */
  public LanConfig {
    interfaces = Set.copyOf(interfaces);
    if (dhtPort < 0 || dhtPort > 0xffff) {
      throw new IllegalArgumentException("port " + dhtPort);
    }
    if (rescanInterval.compareTo(Duration.ofMillis(100)) < 0) {
      throw new IllegalArgumentException("rescan interval " + rescanInterval + " is under 100 ms");
    }
  }

  /**
   * The usual behaviour: a new name every hour, a changed digest at most once a minute, 256 peers
   * per link, 8 per address, 100 datagrams per second and link, interfaces looked at every 5 s.
   *
   * @param tcpPort port that peers may connect to; 0 when this node takes no connections
   */
  public static LanConfig of(int tcpPort) {
    return new LanConfig(
        new LinkSettings(tcpPort, Duration.ofHours(1), Duration.ofMinutes(1), true, 256, 8, 100),
        0,
        null,
        Set.of(),
        false,
        Duration.ofSeconds(5));
  }

  /** With another behaviour on each link. */
  public LanConfig withLink(LinkSettings newLink) {
    return new LanConfig(
        newLink, dhtPort, boundAddress, interfaces, isLoopbackUsed, rescanInterval);
  }

  /** With the port of a HyperDHT node of this process. */
  public LanConfig withDhtPort(int port) {
    return new LanConfig(link, port, boundAddress, interfaces, isLoopbackUsed, rescanInterval);
  }

  /** Announces one own address only, or with null or an unspecified one all. */
  public LanConfig withBoundAddress(@Nullable InetAddress address) {
    return new LanConfig(
        link,
        dhtPort,
        address == null || address.isAnyLocalAddress() ? null : address,
        interfaces,
        isLoopbackUsed,
        rescanInterval);
  }

  /** On these interfaces. */
  public LanConfig withInterfaces(Set<String> names, boolean isLoopback) {
    return new LanConfig(link, dhtPort, boundAddress, names, isLoopback, rescanInterval);
  }

  /** Looks at the interfaces this often. */
  public LanConfig withRescanInterval(Duration interval) {
    return new LanConfig(link, dhtPort, boundAddress, interfaces, isLoopbackUsed, interval);
  }
}
