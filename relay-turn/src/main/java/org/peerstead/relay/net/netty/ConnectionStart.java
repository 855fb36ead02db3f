package org.peerstead.relay.net.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Set;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.turn.ClientTransport;

/**
 * The first bytes of a connection: a trusted proxy's header, then TLS or not (RFC 7983: 22 is a TLS
 * handshake). Puts the handlers that go on from there in its own place.
 */
final class ConnectionStart extends ChannelInboundHandlerAdapter {
  private static final int TLS_HANDSHAKE = 0x16;

  private final ClientConnection connection;
  private boolean wantsProxyHeader;
  private @Nullable ByteBuf header;

  ConnectionStart(ClientConnection connection, boolean wantsProxyHeader) {
    this.connection = connection;
    this.wantsProxyHeader = wantsProxyHeader;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (wantsProxyHeader && !readProxyHeader(bytes)) {
      bytes.release();
      return;
    }
    if (!bytes.isReadable()) {
      bytes.release();
      return;
    }
    int first = bytes.getUnsignedByte(bytes.readerIndex());
    Set<ClientTransport> served = connection.loop().config().transports();
    Supplier<SSLContext> tls = connection.loop().config().tls();
    ClientTransport transport = first == TLS_HANDSHAKE ? ClientTransport.TLS : ClientTransport.TCP;
    if (!served.contains(transport)) {
      bytes.release();
      connection.abort(ConnectionEnd.PROTOCOL);
      return;
    }
    if (transport == ClientTransport.TLS && tls != null) {
      TlsEntrance.add(connection, tls.get());
    }
    context.pipeline().addLast(new StreamFrames(connection, transport));
    context.fireChannelRead(bytes);
    context.pipeline().remove(this);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    dropHeader();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    dropHeader();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    connection.abort(ConnectionEnd.CLIENT);
  }

  /** False while more of it must come, and when it was wrong. */
  private boolean readProxyHeader(ByteBuf bytes) {
    ByteBuf gathered = header;
    if (gathered == null) {
      gathered =
          connection.channel().alloc().buffer(ProxyHeader.PREFIX_BYTES, ProxyHeader.MAX_BYTES);
      header = gathered;
    }
    int before = gathered.readableBytes();
    gathered.writeBytes(
        bytes, bytes.readerIndex(), Math.min(bytes.readableBytes(), gathered.maxWritableBytes()));
    ProxyHeader read = ProxyHeader.read(gathered);
    if (read == ProxyHeader.INCOMPLETE) {
      return false;
    }
    dropHeader();
    if (read == null) {
      connection.abort(ConnectionEnd.PROXY_HEADER);
      return false;
    }
    bytes.skipBytes(read.length() - before);
    wantsProxyHeader = false;
    if (read.client() != null
        && read.server() != null
        && !connection.comesFrom(read.client(), read.server())) {
      connection.abort(ConnectionEnd.TOO_MANY_OF_SOURCE);
      return false;
    }
    return true;
  }

  private void dropHeader() {
    ByteBuf gathered = header;
    header = null;
    if (gathered != null) {
      gathered.release();
    }
  }
}
