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
  private final ChannelSocket server;
  private final ChannelSocket client;
  private final BeforeSending beforeSending;

  private boolean isServerReadable = true;
  private boolean isClientReadable = true;

  private ChannelDatagramSockets(
      Selector selector, ChannelSocket server, ChannelSocket client, BeforeSending beforeSending) {
    this.selector = selector;
    this.server = server;
    this.client = client;
    this.beforeSending = beforeSending;
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

  private ChannelSocket socket(SocketSide side) {
    return side == SocketSide.SERVER ? server : client;
  }

  @Override
  public int localPort(SocketSide side) {
    return socket(side).port();
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
    isServerReadable = server.isReadable();
    isClientReadable = client.isReadable();
    selector.selectedKeys().clear();
  }

  @Override
  public int receive(SocketSide side, DatagramSink sink) {
    int count = socket(side).receive(sink);
    boolean mayHaveMore = count == RECEIVE_BATCH;
    if (side == SocketSide.SERVER) {
      isServerReadable = mayHaveMore;
    } else {
      isClientReadable = mayHaveMore;
    }
    return count;
  }

  @Override
  public boolean isReadable(SocketSide side) {
    return side == SocketSide.SERVER ? isServerReadable : isClientReadable;
  }

  @Override
  public void send(SocketSide side, NodeAddress to, byte[] datagram) {
    ChannelSocket socket = socket(side);
    if (socket.isFull()) {
      flush();
    }
    socket.queue(to, datagram);
  }

  @Override
  public void flush() {
    if (!server.hasQueued() && !client.hasQueued()) {
      return;
    }
    boolean isStored = false;
    try {
      beforeSending.run();
      isStored = true;
    } finally {
      if (!isStored) {
        server.discard();
        client.discard();
      }
    }
    server.flush();
    client.flush();
  }

  @Override
  public SocketCounts counts() {
    return SocketCounts.sum(server.counts(), client.counts());
  }

  @Override
  public void wake() {
    selector.wakeup();
  }

  @Override
  public void close() {
    try (selector) {
      server.close();
      client.close();
    } catch (IOException e) {
      throw new UncheckedIOException("closing UDP sockets failed", e);
    }
  }
}
