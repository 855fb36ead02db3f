package org.peerstead.discovery.mdns;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.peerstead.discovery.mdns.core.LinkAddress;
import org.peerstead.discovery.mdns.wire.HostAddress;

/**
 * The interfaces of this machine that discovery uses, as they are at the moment.
 *
 * @param device the interface
 * @param addresses its addresses, IPv4 first
 */
record NetworkView(NetworkInterface device, List<LinkAddress> addresses) {
  private static final int MAX_ANNOUNCED = 4;

  /** Copies the list. */
  NetworkView {
    addresses = List.copyOf(addresses);
  }

  /** The interfaces by name. */
  static Map<String, NetworkView> scan(LanConfig config) throws SocketException {
    Map<String, NetworkView> views = new LinkedHashMap<>();
    for (NetworkInterface device : NetworkInterface.networkInterfaces().toList()) {
      try {
        if (views.size() < LanConfig.MAX_LINKS && isWanted(device, config)) {
          List<LinkAddress> addresses = addresses(device, config);
          if (addresses.stream().anyMatch(LinkAddress::isAnnounced)) {
            views.put(device.getName(), new NetworkView(device, addresses));
          }
        }
      } catch (SocketException e) {
        // It went away between the list and the question.
        continue;
      }
    }
    return views;
  }

  private static boolean isWanted(NetworkInterface device, LanConfig config)
      throws SocketException {
    if (!device.isUp() || !config.interfaces().isEmpty() && !isNamed(device, config)) {
      return false;
    }
    return device.isLoopback()
        ? config.isLoopbackUsed()
        : device.supportsMulticast() && !device.isPointToPoint();
  }

  private static boolean isNamed(NetworkInterface device, LanConfig config) {
    return config.interfaces().contains(device.getName());
  }

  private static List<LinkAddress> addresses(NetworkInterface device, LanConfig config) {
    List<InterfaceAddress> known =
        device.getInterfaceAddresses().stream()
            .filter(Objects::nonNull)
            .sorted(
                Comparator.comparingInt(NetworkView::rank)
                    .thenComparing(address -> HostAddress.of(bytes(address)).toString()))
            .toList();
    boolean hasLinkLocal =
        known.stream().map(InterfaceAddress::getAddress).anyMatch(NetworkView::isLinkLocal6);
    int announced = 0;
    List<LinkAddress> addresses = new ArrayList<>();
    for (InterfaceAddress address : known) {
      InetAddress host = address.getAddress();
      // One IPv6 address is enough, and the link-local one tells nothing beyond the link.
      boolean isGood = host instanceof Inet4Address || host.isLinkLocalAddress() || !hasLinkLocal;
      boolean isAnnounced =
          announced < MAX_ANNOUNCED
              && (config.boundAddress() == null ? isGood : isSame(host, config.boundAddress()));
      announced += isAnnounced ? 1 : 0;
      byte[] bytes = bytes(address);
      int bits = Math.clamp(address.getNetworkPrefixLength(), 0, bytes.length * 8);
      addresses.add(new LinkAddress(HostAddress.of(bytes), bits, isAnnounced));
    }
    return addresses;
  }

  private static int rank(InterfaceAddress address) {
    InetAddress host = address.getAddress();
    if (host instanceof Inet4Address) {
      return host.isLinkLocalAddress() ? 1 : 0;
    }
    return host.isLinkLocalAddress() ? 2 : 3;
  }

  private static boolean isLinkLocal6(InetAddress host) {
    return !(host instanceof Inet4Address) && host.isLinkLocalAddress();
  }

  private static boolean isSame(InetAddress host, InetAddress other) {
    return HostAddress.of(host.getAddress()).equals(HostAddress.of(other.getAddress()));
  }

  private static byte[] bytes(InterfaceAddress address) {
    return address.getAddress().getAddress();
  }

  boolean has(boolean isIpv4) {
    return addresses.stream().anyMatch(address -> address.address().isIpv4() == isIpv4);
  }
}
