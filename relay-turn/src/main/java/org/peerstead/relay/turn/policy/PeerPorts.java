package org.peerstead.relay.turn.policy;

import java.util.Set;

/**
 * Which ports of peers may be reached.
 *
 * @param floor ports below are refused; 0 for no floor
 * @param exceptions ports below the floor that may be reached nevertheless
 * @param listeners ports that this relay listens on: refused on this host's own addresses, also
 *     where an operator has allowed such an address by name, so that the relay never talks to
 *     itself (RFC 8656 section 21.2, loops)
 */
public record PeerPorts(int floor, Set<Integer> exceptions, Set<Integer> listeners) {
  /** Every port. */
  public static final PeerPorts ALL = new PeerPorts(0, Set.of(), Set.of());

  public PeerPorts {
    if (floor < 0 || floor > 65_536) {
      throw new IllegalArgumentException("a port floor is 0 to 65536, not " + floor);
    }
    exceptions = checked(exceptions);
    listeners = checked(listeners);
  }

  private static Set<Integer> checked(Set<Integer> ports) {
    for (int port : ports) {
      if (port < 0 || port > 65_535) {
        throw new IllegalArgumentException("a port is 0 to 65535, not " + port);
      }
    }
    return Set.copyOf(ports);
  }
}
