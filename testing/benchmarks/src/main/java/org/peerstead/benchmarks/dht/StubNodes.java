package org.peerstead.benchmarks.dht;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.core.NodeId;
import org.peerstead.discovery.rpc.wire.InternalCommand;
import org.peerstead.discovery.rpc.wire.MalformedPacketException;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Packet;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.Response;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.securestream.encoding.Slice;

/**
 * Nodes that fill the routing table of the measured one: they introduce themselves with a valid id
 * and answer every request with a bare pong, on a thread of their own. Thread-safe.
 */
final class StubNodes implements AutoCloseable {
  private static final int LOOPBACK = NodeAddress.parseHost("127.0.0.1");

  private final Selector selector;
  private final Thread thread;
  private final InetSocketAddress server;
  private final NodeAddress serverAddress;
  private final Set<NodeAddress> answeredBy = ConcurrentHashMap.newKeySet();

  StubNodes(NodeAddress server, int count) throws IOException {
    this.serverAddress = server;
    this.server = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
    selector = Selector.open();
    for (int i = 0; i < count; i++) {
      DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET);
      channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      channel.configureBlocking(false);
      NodeAddress address =
          new NodeAddress(LOOPBACK, ((InetSocketAddress) channel.getLocalAddress()).getPort());
      channel.register(selector, SelectionKey.OP_READ, address);
    }
    thread = Thread.ofPlatform().name("stub-nodes").daemon().start(this::serve);
  }

  /** Says hello from every node. */
  void introduce() throws IOException {
    for (SelectionKey key : selector.keys()) {
      NodeAddress own = (NodeAddress) key.attachment();
      byte[] hello =
          RpcCodec.encode(
              new Request(
                  1, serverAddress, NodeId.of(own), null, true, InternalCommand.PING, null, null));
      int ignored = ((DatagramChannel) key.channel()).send(ByteBuffer.wrap(hello), server);
    }
  }

  /** How many got an answer. */
  int answered() {
    return answeredBy.size();
  }

  private void serve() {
    ByteBuffer buffer = ByteBuffer.allocate(RpcCodec.MAX_PACKET_BYTES + 1);
    try {
      while (selector.isOpen()) {
        selector.select(key -> {
          try {
            answer(key, buffer);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
      }
    } catch (IOException | java.nio.channels.ClosedSelectorException e) {
      // Closed.
      return;
    }
  }

  private void answer(SelectionKey key, ByteBuffer buffer) throws IOException {
    DatagramChannel channel = (DatagramChannel) key.channel();
    NodeAddress own = (NodeAddress) key.attachment();
    buffer.clear();
    @Nullable InetSocketAddress from = (InetSocketAddress) channel.receive(buffer);
    if (from == null) {
      return;
    }
    byte[] datagram = new byte[buffer.flip().remaining()];
    buffer.get(datagram);
    Packet packet;
    try {
      packet = RpcCodec.decode(Slice.of(datagram));
    } catch (MalformedPacketException e) {
      return;
    }
    if (!(packet instanceof Request request)) {
      answeredBy.add(own);
      return;
    }
    byte[] pong =
        RpcCodec.encode(
            new Response(
                request.transaction(),
                new NodeAddress(LOOPBACK, from.getPort()),
                NodeId.of(own),
                null,
                List.of(),
                0,
                null));
    int ignored = channel.send(ByteBuffer.wrap(pong), from);
  }

  @Override
  public void close() throws IOException {
    Set<SelectionKey> keys = Set.copyOf(selector.keys());
    selector.close();
    for (SelectionKey key : keys) {
      key.channel().close();
    }
    thread.interrupt();
  }
}
