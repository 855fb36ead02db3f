package org.peerstead.relay.turn;

import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;

/**
 * An address that the relay relays from.
 *
 * @param local what sockets are bound to
 * @param advertised what clients are told, and peers see: another one behind 1:1 NAT, else the same
 */
public record RelayedHost(IpAddress local, IpAddress advertised) {
  public RelayedHost {
    if (local.family() != advertised.family()) {
      throw new IllegalArgumentException(local + " and " + advertised + " are of two families");
    }
    if (local.isAny() || advertised.isAny()) {
      throw new IllegalArgumentException("a relay needs an address that peers can send to");
    }
  }

  public static RelayedHost of(IpAddress address) {
    return new RelayedHost(address, address);
  }

  public IpFamily family() {
    return local.family();
  }

  /** Whether something in between translates addresses. */
  public boolean isTranslated() {
    return !local.equals(advertised);
  }
}
