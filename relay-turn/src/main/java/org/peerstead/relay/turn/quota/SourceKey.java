package org.peerstead.relay.turn.quota;

import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;

/**
 * What counts as one source: an IPv4 address, or an IPv6 /64, since a single host commonly has a
 * whole one to itself.
 */
record SourceKey(IpFamily family, long bits) {
  static SourceKey of(IpAddress address) {
    return new SourceKey(
        address.family(), address.family() == IpFamily.V4 ? address.low() : address.high());
  }
}
