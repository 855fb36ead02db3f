package org.peerstead.discovery.mdns.core;

import java.util.List;
import org.peerstead.discovery.mdns.wire.HostAddress;
import org.peerstead.discovery.mdns.wire.ServiceText;

/**
 * A node that announced itself on a link. Nothing of it is proven.
 *
 * @param instance its name of the moment
 * @param addresses where it may be reached, all on this link, the likeliest first; 1 to {@link
 *     #MAX_ADDRESSES}
 * @param tcpPort its replication port; 0 when it takes no connections
 * @param text what else it says
 */
public record LinkPeer(
    String instance, List<HostAddress> addresses, int tcpPort, ServiceText text) {
  /** Addresses that are remembered of one peer. */
  public static final int MAX_ADDRESSES = 4;

  /** Copies the list. */
  public LinkPeer {
    addresses = List.copyOf(addresses);
  }
}
