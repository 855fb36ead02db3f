package org.peerstead.relay.net.dtls;

import org.peerstead.relay.stun.IpFamily;

/** Where DTLS records leave: through the listener that the client came to. Loop thread only. */
@FunctionalInterface
public interface RawDatagrams {
  /**
   * Sends one datagram.
   *
   * @param bytes copied before this method returns
   * @return false when it was dropped
   */
  boolean send(
      int listener,
      IpFamily family,
      long high,
      long low,
      int port,
      byte[] bytes,
      int offset,
      int length);
}
