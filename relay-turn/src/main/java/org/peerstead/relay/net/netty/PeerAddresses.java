package org.peerstead.relay.net.netty;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;

/**
 * Turns addresses of the JDK into numbers and back for one socket. Remembers the last one each way:
 * most packets come from, and go to, where the one before did. Not thread-safe.
 */
final class PeerAddresses {
  private @Nullable InetSocketAddress lastSender;
  private IpFamily family = IpFamily.V4;
  private long high;
  private long low;
  private int port;

  private @Nullable InetSocketAddress lastTarget;
  private IpFamily targetFamily = IpFamily.V4;
  private long targetHigh;
  private long targetLow;
  private int targetPort;

  /** Takes a sender apart. A channel gives the same object again while the sender is the same. */
  void read(InetSocketAddress sender) {
    if (sender != lastSender) {
      IpAddress ip = IpAddress.of(sender.getAddress());
      family = ip.family();
      high = ip.high();
      low = ip.low();
      port = sender.getPort();
      lastSender = sender;
    }
  }

  IpFamily family() {
    return family;
  }

  long high() {
    return high;
  }

  long low() {
    return low;
  }

  int port() {
    return port;
  }

  InetSocketAddress toSocketAddress(IpFamily ofFamily, long ofHigh, long ofLow, int ofPort) {
    InetSocketAddress target = lastTarget;
    if (target == null
        || targetLow != ofLow
        || targetHigh != ofHigh
        || targetPort != ofPort
        || targetFamily != ofFamily) {
      target =
          new TransportAddress(new IpAddress(ofFamily, ofHigh, ofLow), ofPort).toSocketAddress();
      lastTarget = target;
      targetFamily = ofFamily;
      targetHigh = ofHigh;
      targetLow = ofLow;
      targetPort = ofPort;
    }
    return target;
  }
}
