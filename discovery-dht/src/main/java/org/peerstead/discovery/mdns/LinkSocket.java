package org.peerstead.discovery.mdns;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.mdns.core.LanLink;

/** The socket of one interface and address family. Confined to the thread of discovery. */
final class LinkSocket implements AutoCloseable {
  private static final byte[] GROUP_4 = {(byte) 224, 0, 0, (byte) 251};
  private static final byte[] GROUP_6 = {
    (byte) 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xfb
  };

  /** Readers may take a smaller number for a packet from another network. */
  private static final int TTL = 255;

  private final DatagramChannel channel;
  private final InetSocketAddress group;

  private LinkSocket(DatagramChannel channel, InetSocketAddress group) {
    this.channel = channel;
    this.group = group;
  }

  static LinkSocket open(NetworkInterface device, boolean isIpv4) throws IOException {
    InetAddress group =
        isIpv4
            ? InetAddress.getByAddress(GROUP_4)
            : Inet6Address.getByAddress(null, GROUP_6, device);
    try {
      return bind(device, isIpv4, group, new InetSocketAddress(group, LanLink.MDNS_PORT));
    } catch (IOException | IllegalArgumentException e) {
      // Windows binds to no group. Where it can be, the socket of another responder on this machine
      // keeps the datagrams that are sent to the machine alone, and nothing reaches us by unicast.
      return bind(device, isIpv4, group, new InetSocketAddress(LanLink.MDNS_PORT));
    }
  }

  private static LinkSocket bind(
      NetworkInterface device, boolean isIpv4, InetAddress group, SocketAddress local)
      throws IOException {
    DatagramChannel channel =
        DatagramChannel.open(isIpv4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
    try {
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      if (channel.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT)
          && !System.getProperty("os.name", "").startsWith("Linux")) {
        channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      }
      channel.bind(local);
      channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, device);
      channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, TTL);
      // Other nodes on this machine have to hear us.
      channel.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, true);
      channel.join(group, device);
      channel.configureBlocking(false);
      return new LinkSocket(channel, new InetSocketAddress(group, LanLink.MDNS_PORT));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  DatagramChannel channel() {
    return channel;
  }

  /** Sends to the group; false when the network does not take it. */
  boolean multicast(byte[] datagram) {
    return send(datagram, group);
  }

  boolean send(byte[] datagram, InetSocketAddress to) {
    try {
      return channel.send(ByteBuffer.wrap(datagram), to) > 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** The next datagram; null when there is none. */
  @Nullable InetSocketAddress receive(ByteBuffer buffer) throws IOException {
    return (InetSocketAddress) channel.receive(buffer);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // Nothing is left to be done with it.
      return;
    }
  }
}
