package org.peerstead.discovery.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Selector;
import java.util.concurrent.TimeUnit;
import org.peerstead.discovery.rpc.core.SocketSide;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/**
 * Sockets as channels of the JDK, for every system that {@link LinuxDatagramSockets} is not for.
 */
final class ChannelDatagramSockets implements DatagramSockets {
  private final Selector selector;
  private final SocketPair<ChannelSocket> sockets;

  private ChannelDatagramSockets(
      Selector selector, ChannelSocket server, ChannelSocket client, BeforeSending beforeSending) {
    this.selector = selector;
    this.sockets = new SocketPair<>(server, client, beforeSending);
  }

  static ChannelDatagramSockets open(
      int host, PortRange serverPorts, PortRange clientPorts, BeforeSending beforeSending)
      throws IOException {
    Selector selector = Selector.open();
    ChannelSocket server = null;
    try {
      server = ChannelSocket.open(SocketSide.SERVER, host, serverPorts, selector);
      ChannelSocket client = ChannelSocket.open(SocketSide.CLIENT, host, clientPorts, selector);
      return new ChannelDatagramSockets(selector, server, client, beforeSending);
    } catch (IOException | RuntimeException e) {
      if (server != null) {
        server.close();
      }
      selector.close();
      throw e;
    }
  }

  @Override
  public SocketKind kind() {
    return SocketKind.CHANNELS;
  }

  @Override
  public int localPort(SocketSide side) {
    return sockets.get(side).port();
  }

  @Override
  public void await(long timeoutNanos) {
    try {
      if (timeoutNanos <= 0) {
        selector.selectNow();
      } else {
        // Rounded up: a wait of 0 would not end.
        selector.select(TimeUnit.NANOSECONDS.toMillis(timeoutNanos + 999_999));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("waiting for datagrams failed", e);
    }
    sockets.setReadable(sockets.server().isReadable(), sockets.client().isReadable());
    selector.selectedKeys().clear();
  }

  @Override
  public int receive(SocketSide side, DatagramSink sink) {
    return sockets.receive(side, sink);
  }

  @Override
  public boolean isReadable(SocketSide side) {
    return sockets.isReadable(side);
  }

  @Override
  public void send(SocketSide side, NodeAddress to, byte[] datagram) {
    sockets.send(side, to, datagram);
  }

  @Override
  public void flush() {
    sockets.flush();
  }

  @Override
  public SocketCounts counts() {
    return sockets.counts();
  }

  @Override
  public void wake() {
    selector.wakeup();
  }

  @Override
  public void close() {
    try (selector) {
      sockets.server().close();
      sockets.client().close();
    } catch (IOException e) {
      throw new UncheckedIOException("closing UDP sockets failed", e);
    }
  }
}
