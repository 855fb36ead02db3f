package org.peerstead.relay.net.dtls;

import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;

/** Where a session's datagrams come from and to which listener. */
record ClientKey(int listener, IpFamily family, long high, long low, int port) {
  IpAddress ip() {
    return new IpAddress(family, high, low);
  }

  TransportAddress address() {
    return new TransportAddress(ip(), port);
  }
}
