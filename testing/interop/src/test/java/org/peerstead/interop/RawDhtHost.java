package org.peerstead.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.core.NodeId;
import org.peerstead.discovery.rpc.wire.MalformedPacketException;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.Response;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * A host of its own to a node on this machine: all of 127.0.0.0/8 is loopback, so a socket may have
 * any of 16 million addresses. It sends what it is told to one node. Not thread-safe.
 */
final class RawDhtHost implements AutoCloseable {
  private static final int FIRST_HOST = 127 << 24 | 1 << 16;
  private static final int RECEIVE_BUFFER_BYTES = 2048;

  private final DatagramSocket socket;
  private final NodeAddress node;
  private final NodeAddress address;
  private final DatagramPacket received =
      new DatagramPacket(new byte[RECEIVE_BUFFER_BYTES], RECEIVE_BUFFER_BYTES);
  private int transaction;

  private RawDhtHost(int host, NodeAddress node) {
    this.node = node;
    try {
      byte[] bytes = {(byte) (host >>> 24), (byte) (host >>> 16), (byte) (host >>> 8), (byte) host};
      socket = new DatagramSocket(new InetSocketAddress(InetAddress.getByAddress(bytes), 0));
      socket.connect(InetAddress.getByAddress(node.hostBytes()), node.port());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    address = new NodeAddress(host, socket.getLocalPort());
  }

  /** Number {@code index} of about 16 million hosts, all of which have different addresses. */
  static RawDhtHost number(int index, NodeAddress node) {
    return new RawDhtHost(hostNumber(index), node);
  }

  /** The address of {@link #number}: never one that ends in 0 or 255. */
  static int hostNumber(int index) {
    return FIRST_HOST + index / 254 * 256 + 1 + index % 254;
  }

  /** Host 127.0.0.1. */
  static RawDhtHost local(NodeAddress node) {
    return new RawDhtHost(127 << 24 | 1, node);
  }

  NodeAddress address() {
    return address;
  }

  /** The id that a node at this address has. */
  Fixed32 id() {
    return NodeId.of(address);
  }

  /** Sends any bytes. */
  void send(byte[] datagram) {
    try {
      socket.send(new DatagramPacket(datagram, datagram.length));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A request of this host with the next transaction number. */
  Request request(
      boolean isInternal,
      long command,
      @Nullable Fixed32 target,
      @Nullable Fixed32 token,
      @Nullable Slice value) {
    transaction = transaction + 1 & 0xffff;
    return new Request(transaction, node, null, token, isInternal, command, target, value);
  }

  /** Sends a request; returns how many bytes it had. */
  int send(Request request) {
    byte[] packet = RpcCodec.encode(request);
    send(packet);
    return packet.length;
  }

  /** Sends a request and returns its response, or null when none comes in time. */
  @Nullable Response ask(Request request, Duration patience) {
    send(request);
    long deadline = System.nanoTime() + patience.toNanos();
    for (long left = patience.toMillis();
        left > 0;
        left = (deadline - System.nanoTime()) / 1_000_000) {
      @Nullable Slice datagram = receive(Duration.ofMillis(left));
      if (datagram == null) {
        return null;
      }
      try {
        if (RpcCodec.decode(datagram) instanceof Response response
            && response.transaction() == request.transaction()) {
          return response;
        }
      } catch (MalformedPacketException e) {
        throw new AssertionError("the node sent what is no packet: " + datagram.toHex(), e);
      }
    }
    return null;
  }

  /** The next request that the node sends here, or null when none comes in time. */
  @Nullable Request awaitRequest(Duration patience) {
    @Nullable Slice datagram = receive(patience);
    try {
      return datagram != null && RpcCodec.decode(datagram) instanceof Request request
          ? request
          : null;
    } catch (MalformedPacketException e) {
      throw new AssertionError("the node sent what is no packet: " + datagram, e);
    }
  }

  /** The next datagram, in an array of its own, or null when none comes in time. */
  @Nullable Slice receive(Duration patience) {
    try {
      socket.setSoTimeout(Math.max(1, (int) patience.toMillis()));
      received.setLength(RECEIVE_BUFFER_BYTES);
      socket.receive(received);
      return Slice.of(received.getData(), 0, received.getLength()).copy();
    } catch (SocketTimeoutException e) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
