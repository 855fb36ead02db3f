package org.peerstead.discovery.net;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.core.SocketSide;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/** One UDP socket as a channel of the JDK. */
final class ChannelSocket implements BatchSocket {
  private final SocketSide side;
  private final DatagramChannel channel;
  private final SelectionKey key;
  private final int port;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(DatagramSockets.MAX_DATAGRAM_BYTES + 1);
  private final ArrayDeque<Queued> queue = new ArrayDeque<>();

  private long received;
  private long receivedBytes;
  private long oversized;
  private long sent;
  private long sentBytes;
  private long refused;
  private long lost;
  private long receiveBatches;
  private long sendBatches;

  private record Queued(NodeAddress to, byte[] datagram) {}

  private ChannelSocket(SocketSide side, DatagramChannel channel, SelectionKey key, int port) {
    this.side = side;
    this.channel = channel;
    this.key = key;
    this.port = port;
  }

  static ChannelSocket open(SocketSide side, int host, PortRange ports, Selector selector)
      throws IOException {
    DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET);
    try {
      bind(channel, host, ports);
      setIfKnown(channel, StandardSocketOptions.SO_RCVBUF, DatagramSockets.RECEIVE_BUFFER_BYTES);
      setIfKnown(channel, StandardSocketOptions.SO_SNDBUF, DatagramSockets.SEND_BUFFER_BYTES);
      setIfKnown(channel, ExtendedSocketOptions.IP_DONTFRAGMENT, true);
      channel.configureBlocking(false);
      int port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
      return new ChannelSocket(
          side, channel, channel.register(selector, SelectionKey.OP_READ), port);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static <T> void setIfKnown(DatagramChannel channel, SocketOption<T> option, T value)
      throws IOException {
    if (channel.supportedOptions().contains(option)) {
      channel.setOption(option, value);
    }
  }

  private static void bind(DatagramChannel channel, int host, PortRange ports) throws IOException {
    for (int port = ports.first(); port <= ports.last(); port++) {
      if (bind(channel, host, port)) {
        return;
      }
    }
    if (!ports.orAny() || !bind(channel, host, 0)) {
      throw PortTaken.of(host, ports);
    }
  }

  private static boolean bind(DatagramChannel channel, int host, int port) throws IOException {
    InetSocketAddress address = socketAddress(host, port);
    try {
      channel.bind(address);
      return true;
    } catch (BindException e) {
      if (port != 0 && isFree(host)) {
        return false;
      }
      throw e;
    }
  }

  /** Whether the host is one of ours, so that it was the port that could not be had. */
  private static boolean isFree(int host) throws IOException {
    try (DatagramChannel probe = DatagramChannel.open(StandardProtocolFamily.INET)) {
      probe.bind(socketAddress(host, 0));
      return true;
    } catch (BindException e) {
      return false;
    }
  }

  private static InetSocketAddress socketAddress(int host, int port) throws IOException {
    return new InetSocketAddress(
        InetAddress.getByAddress(new NodeAddress(host, port).hostBytes()), port);
  }

  @Override
  public int port() {
    return port;
  }

  boolean isReadable() {
    return key.isReadable();
  }

  @Override
  public int receive(DatagramSink sink) {
    int count = 0;
    while (count < DatagramSockets.RECEIVE_BATCH) {
      buffer.clear();
      @Nullable InetSocketAddress from;
      try {
        from = (InetSocketAddress) channel.receive(buffer);
      } catch (IOException e) {
        // The system tells on some platforms that an earlier datagram did not arrive.
        return count;
      }
      if (from == null) {
        return count;
      }
      if (count++ == 0) {
        receiveBatches++;
      }
      take(from, buffer.flip(), sink);
    }
    return count;
  }

  private void take(InetSocketAddress from, ByteBuffer content, DatagramSink sink) {
    int length = content.remaining();
    received++;
    receivedBytes += length;
    if (length > DatagramSockets.MAX_DATAGRAM_BYTES) {
      oversized++;
      return;
    }
    byte[] datagram = new byte[length];
    content.get(datagram);
    int host = ByteBuffer.wrap(from.getAddress().getAddress()).getInt();
    sink.received(side, new NodeAddress(host, from.getPort()), datagram);
  }

  @Override
  public boolean isFull() {
    return queue.size() == DatagramSockets.SEND_QUEUE;
  }

  @Override
  public boolean hasQueued() {
    return !queue.isEmpty();
  }

  @Override
  public void queue(NodeAddress to, byte[] datagram) {
    if (isFull() || datagram.length > DatagramSockets.MAX_DATAGRAM_BYTES) {
      lost++;
      return;
    }
    queue.add(new Queued(to, datagram));
  }

  @Override
  public void flush() {
    boolean isFirst = true;
    for (Queued next = queue.peek(); next != null; next = queue.peek()) {
      try {
        byte[] datagram = next.datagram();
        int taken =
            channel.send(
                ByteBuffer.wrap(datagram), socketAddress(next.to().host(), next.to().port()));
        if (taken == 0 && datagram.length > 0) {
          break;
        }
        sent++;
        sentBytes += datagram.length;
        if (isFirst) {
          sendBatches++;
          isFirst = false;
        }
      } catch (IOException | IllegalArgumentException e) {
        // No route, forbidden, or an address that the JDK does not take, as port 0.
        refused++;
      }
      queue.remove();
    }
    key.interestOps(
        queue.isEmpty() ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE);
  }

  @Override
  public void discard() {
    lost += queue.size();
    queue.clear();
  }

  @Override
  public SocketCounts counts() {
    return new SocketCounts(
        received,
        receivedBytes,
        oversized,
        0,
        sent,
        sentBytes,
        refused,
        lost,
        receiveBatches,
        sendBatches);
  }

  void close() throws IOException {
    channel.close();
  }
}
