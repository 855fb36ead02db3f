package org.peerstead.relay.net.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundBuffer;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ClientTransport;
import org.peerstead.relay.turn.ConnectionPath;

/**
 * The way back to a client over TCP or TLS. What is sent gathers in one buffer, copied out of
 * borrowed memory, and goes out when the loop flushes: one write, and one TLS record, for all
 * answers to what was read at once. A copy rather than a reference, because a few bytes that wait
 * for a slow reader must not hold a large buffer.
 */
final class StreamPath extends ConnectionPath {
  /** What may wait for a client of whom nothing is known. */
  private static final int UNSETTLED_WAITING_BYTES = 16 * 1024;

  private static final int FIRST_BUFFER_BYTES = 2_048;

  /** About a TLS record: what is larger is handed on. */
  private static final int BUFFER_BYTES = 16 * 1024;

  private static final int CHANNEL_HEADER_BYTES = 4;

  private final ClientConnection connection;
  private final ClientTransport transport;
  private @Nullable ByteBuf gathering;
  private boolean isDirty;
  private boolean isClosing;
  private boolean isRaw;

  StreamPath(ClientConnection connection, ClientTransport transport) {
    this.connection = connection;
    this.transport = transport;
  }

  ClientConnection connection() {
    return connection;
  }

  @Override
  public ClientTransport transport() {
    return transport;
  }

  @Override
  public TransportAddress client() {
    return connection.client();
  }

  @Override
  public TransportAddress server() {
    return connection.server();
  }

  @Override
  public int listener() {
    return connection.listener();
  }

  @Override
  public boolean send(byte[] message) {
    ByteBuf buffer = room(message.length);
    if (buffer == null) {
      return false;
    }
    buffer.writeBytes(message);
    return true;
  }

  @Override
  public boolean sendChannelData(int channel, MemorySegment memory, long offset, int length) {
    int padding = -length & 3;
    ByteBuf buffer = room(CHANNEL_HEADER_BYTES + length + padding);
    if (buffer == null) {
      return false;
    }
    buffer.writeShort(channel).writeShort(length);
    buffer.writeBytes(connection.loop().view(memory, offset, length));
    buffer.writeZero(padding);
    return true;
  }

  @Override
  public boolean sendGathered(
      byte[] head, int headLength, MemorySegment memory, long offset, int length, int padding) {
    ByteBuf buffer = room(headLength + length + padding);
    if (buffer == null) {
      return false;
    }
    buffer.writeBytes(head, 0, headLength);
    buffer.writeBytes(connection.loop().view(memory, offset, length));
    buffer.writeZero(padding);
    return true;
  }

  @Override
  public void close() {
    connection.endAs(ConnectionEnd.ENGINE);
    closeWhenSent();
  }

  /** Ends the connection after what is waiting has been sent. */
  void closeWhenSent() {
    if (!isClosing) {
      isClosing = true;
      connection.closing();
      dirty();
    }
  }

  boolean isClosing() {
    return isClosing;
  }

  /** From now on its bytes are a peer's: what an engine sends is lost. */
  void becomesRaw() {
    isRaw = true;
  }

  /** Gives what has gathered to the socket. Called by the loop. */
  void flush() {
    isDirty = false;
    Channel channel = connection.channel();
    handOn();
    if (isClosing) {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    } else {
      channel.flush();
    }
  }

  /** The connection is gone, and what waited with it. */
  void discard() {
    isClosing = true;
    ByteBuf buffer = gathering;
    gathering = null;
    if (buffer != null) {
      buffer.release();
    }
  }

  /** Null when the client does not read fast enough, or not at all any more. */
  private @Nullable ByteBuf room(int bytes) {
    if (isClosing || isRaw) {
      return null;
    }
    ChannelOutboundBuffer written = connection.channel().unsafe().outboundBuffer();
    if (written == null) {
      return null;
    }
    ByteBuf buffer = gathering;
    long waiting = written.totalPendingWriteBytes() + (buffer == null ? 0 : buffer.readableBytes());
    int most =
        connection.isSettled()
            ? connection.loop().config().bounds().waitingBytes()
            : UNSETTLED_WAITING_BYTES;
    if (waiting + bytes > most) {
      connection.loop().counters().slowReaderDrops.increment();
      return null;
    }
    if (buffer != null && buffer.readableBytes() + bytes > BUFFER_BYTES) {
      handOn();
      buffer = null;
    }
    if (buffer == null) {
      buffer = connection.channel().alloc().directBuffer(Math.max(FIRST_BUFFER_BYTES, bytes));
      gathering = buffer;
    }
    dirty();
    return buffer;
  }

  private void handOn() {
    ByteBuf buffer = gathering;
    gathering = null;
    if (buffer != null) {
      connection.channel().write(buffer);
    }
  }

  private void dirty() {
    if (!isDirty) {
      isDirty = true;
      connection.loop().dirty(this);
    }
  }
}
