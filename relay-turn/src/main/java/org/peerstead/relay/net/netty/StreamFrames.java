package org.peerstead.relay.net.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.turn.ClientTransport;

/**
 * Cuts a client's stream into messages and gives them to the engine; after a join, gives the bytes
 * to the peer. Whole messages are read where they arrived; only one that came in parts is gathered,
 * in a buffer that grows with what has come, never with what was announced.
 */
final class StreamFrames extends ChannelInboundHandlerAdapter {
  private static final System.Logger LOG = System.getLogger(StreamFrames.class.getName());

  /** The longest message of a client that is not settled: nothing legal comes near. */
  private static final int UNSETTLED_FRAME_BYTES = 2_048;

  private static final int FIRST_PART_BYTES = 512;

  private static final byte[] HTTP_ANSWER =
      "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  private final ClientConnection connection;
  private final ClientTransport transport;
  private @Nullable StreamPath path;
  private @Nullable ByteBuf part;
  private @Nullable JoinedStreams joined;
  private boolean isKnown;

  /**
   * @param transport TLS: nothing is read before its handshake is over
   */
  StreamFrames(ClientConnection connection, ClientTransport transport) {
    this.connection = connection;
    this.transport = transport;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    if (transport == ClientTransport.TCP) {
      path = connection.ready(transport);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    JoinedStreams streams = joined;
    if (streams != null) {
      streams.fromClient(bytes);
      return;
    }
    try {
      StreamPath from = path;
      if (from != null && !from.isClosing()) {
        read(from, bytes);
      }
    } finally {
      bytes.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    JoinedStreams streams = joined;
    if (streams != null) {
      streams.clientReadComplete();
    }
    connection.loop().afterCalls();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    JoinedStreams streams = joined;
    if (streams != null) {
      streams.clientWritabilityChanged();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    switch (event) {
      case SslHandshakeCompletionEvent handshake -> {
        if (handshake.isSuccess()) {
          TlsEntrance.handshakeIsOver(context.pipeline());
          connection.loop().counters().tlsHandshakes.increment();
          path = connection.ready(transport);
        } else {
          // It closes the connection itself, after it has said why.
          connection.endAs(ConnectionEnd.TLS);
        }
      }
      case SslCloseCompletionEvent _, ChannelInputShutdownEvent _ -> {
        JoinedStreams streams = joined;
        if (streams != null) {
          streams.clientFinished();
        } else {
          connection.endGently(ConnectionEnd.CLIENT);
          connection.loop().afterCalls();
        }
      }
      default -> context.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    dropPart();
    StreamPath from = path;
    JoinedStreams streams = joined;
    if (streams != null) {
      streams.clientGone();
    }
    if (from != null && isKnown) {
      connection.loop().closed(from);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    dropPart();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    switch (cause) {
      case SSLException _, DecoderException _ -> connection.abort(ConnectionEnd.TLS);
      case IOException _ -> connection.abort(ConnectionEnd.CLIENT);
      default -> {
        LOG.log(System.Logger.Level.WARNING, "a connection failed", cause);
        connection.abort(ConnectionEnd.FAILURE);
      }
    }
  }

  private void read(StreamPath from, ByteBuf bytes) {
    if (!isKnown && part == null && isHttp(bytes.getByte(bytes.readerIndex()))) {
      from.send(HTTP_ANSWER);
      connection.endGently(ConnectionEnd.HTTP);
      return;
    }
    if (part != null && !complete(from, bytes)) {
      return;
    }
    if (bytes.isReadable() && !from.isClosing() && joined == null) {
      readWhole(from, bytes);
    }
    JoinedStreams streams = joined;
    if (streams != null) {
      // The answer to the request that asked for the join goes first.
      connection.loop().afterCalls();
      from.becomesRaw();
      if (bytes.isReadable()) {
        streams.fromClient(bytes.readRetainedSlice(bytes.readableBytes()));
      }
      streams.begin();
    }
  }

  /**
   * Fills up the message that came in parts; false when the stream went wrong or more is missing.
   */
  private boolean complete(StreamPath from, ByteBuf bytes) {
    ByteBuf gathered = part;
    while (gathered != null && bytes.isReadable()) {
      int there = gathered.readableBytes();
      int wanted = StreamFraming.PREFIX_BYTES;
      if (there >= StreamFraming.PREFIX_BYTES) {
        wanted = StreamFraming.length(gathered.getInt(gathered.readerIndex()), mostBytes());
        if (wanted < 0) {
          connection.endGently(ConnectionEnd.FRAMING);
          return false;
        }
      }
      gathered.writeBytes(bytes, Math.min(wanted - there, bytes.readableBytes()));
      if (gathered.readableBytes() == wanted && isWhole(gathered)) {
        part = null;
        try {
          MemorySegment memory = view(gathered);
          return deliver(from, memory, 0, wanted);
        } finally {
          gathered.release();
        }
      }
    }
    return false;
  }

  /** Four bytes are a message by themselves only when they are ChannelData without contents. */
  private boolean isWhole(ByteBuf gathered) {
    return StreamFraming.length(gathered.getInt(gathered.readerIndex()), mostBytes())
        == gathered.readableBytes();
  }

  private void readWhole(StreamPath from, ByteBuf bytes) {
    int begin = bytes.readerIndex();
    MemorySegment memory = view(bytes);
    while (bytes.isReadable()) {
      int length = StreamFraming.PREFIX_BYTES;
      if (bytes.readableBytes() >= StreamFraming.PREFIX_BYTES) {
        length = StreamFraming.length(bytes.getInt(bytes.readerIndex()), mostBytes());
        if (length < 0) {
          connection.endGently(ConnectionEnd.FRAMING);
          return;
        }
      }
      if (length > bytes.readableBytes()) {
        keep(bytes);
        return;
      }
      int offset = bytes.readerIndex() - begin;
      bytes.skipBytes(length);
      if (!deliver(from, memory, offset, length)) {
        return;
      }
    }
  }

  private void keep(ByteBuf bytes) {
    ByteBuf kept =
        connection
            .channel()
            .alloc()
            .directBuffer(
                Math.max(FIRST_PART_BYTES, bytes.readableBytes()), StreamFraming.MAX_BYTES);
    kept.writeBytes(bytes);
    part = kept;
    connection.waitsForFrame();
  }

  /** False when nothing more is to be read as messages. */
  private boolean deliver(StreamPath from, MemorySegment memory, long offset, int length) {
    isKnown = true;
    if (!connection.loop().receive(from, memory, offset, length)) {
      connection.endGently(ConnectionEnd.ENGINE);
      return false;
    }
    connection.heard(from);
    joined = connection.joinedStreams();
    return joined == null && !from.isClosing();
  }

  private int mostBytes() {
    return connection.isSettled() ? StreamFraming.MAX_BYTES : UNSETTLED_FRAME_BYTES;
  }

  private static boolean isHttp(byte first) {
    return first >= 'A' && first <= 'Z';
  }

  private static MemorySegment view(ByteBuf bytes) {
    return bytes.nioBufferCount() == 1
        ? MemorySegment.ofBuffer(
            bytes.internalNioBuffer(bytes.readerIndex(), bytes.readableBytes()))
        : MemorySegment.ofArray(ByteBufUtil.getBytes(bytes));
  }

  private void dropPart() {
    ByteBuf gathered = part;
    part = null;
    if (gathered != null) {
      gathered.release();
    }
  }
}
