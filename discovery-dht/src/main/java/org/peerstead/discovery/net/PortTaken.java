package org.peerstead.discovery.net;

import java.net.BindException;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/** The error of a socket that cannot have any of its ports. */
final class PortTaken {
  private PortTaken() {}

  static BindException of(int host, PortRange ports) {
    String address = new NodeAddress(host, 0).hostText();
    return new BindException(
        ports.first() == ports.last()
            ? "UDP port " + ports.first() + " of " + address + " is taken"
            : "UDP ports "
                + ports.first()
                + " to "
                + ports.last()
                + " of "
                + address
                + " are taken");
  }
}
