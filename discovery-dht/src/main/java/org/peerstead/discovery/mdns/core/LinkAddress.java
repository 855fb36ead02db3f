package org.peerstead.discovery.mdns.core;

import org.peerstead.discovery.mdns.wire.HostAddress;

/**
 * An own address on a link.
 *
 * @param address the address
 * @param prefixBits bits that all hosts of the link share with it
 * @param isAnnounced whether peers are told that we are reached there
 */
public record LinkAddress(HostAddress address, int prefixBits, boolean isAnnounced) {
  /** Checks the prefix. */
  public LinkAddress {
    if (prefixBits < 0 || prefixBits > address.bytes().length() * 8) {
      throw new IllegalArgumentException("prefix of " + prefixBits + " bits");
    }
  }

  /** Whether a host with the other address can be on this link. */
  boolean reaches(HostAddress other) {
    if (!other.isHost()) {
      // Only the loopback interface has hosts that are none.
      return !address.isHost() && other.isInNetworkOf(address, prefixBits);
    }
    return other.isInNetworkOf(address, prefixBits)
        || other.isLinkLocal() && other.isIpv4() == address.isIpv4();
  }
}
