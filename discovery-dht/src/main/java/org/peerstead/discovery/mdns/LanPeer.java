package org.peerstead.discovery.mdns;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * A node that announces itself in the local network. Nothing of it is proven: who answers at its
 * address proves a key of its own.
 *
 * @param network name of the interface it was found on
 * @param instance its name of the moment; another one every hour or so
 * @param addresses where its replication port is, all on the link of that interface, the likeliest
 *     first; empty when it takes no connections
 * @param dhtAddresses where its HyperDHT node is, fit to start a DHT node from; empty when it has
 *     none
 * @param mayShareTopics false when it certainly has none of our topics
 */
public record LanPeer(
    String network,
    String instance,
    List<InetSocketAddress> addresses,
    List<InetSocketAddress> dhtAddresses,
    boolean mayShareTopics) {
  /** Copies the lists. */
  public LanPeer {
    addresses = List.copyOf(addresses);
    dhtAddresses = List.copyOf(dhtAddresses);
  }
}
