package org.peerstead.relay.net.netty;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.turn.DatagramOutput;
import org.peerstead.relay.turn.DatagramPath;

/**
 * Sends to UDP clients through the listeners they came to. A datagram is put together in one buffer
 * and leaves at once. Used on its loop's thread.
 */
final class DatagramAnswers implements DatagramOutput {
  /** The longest payload of a UDP datagram over IPv4; what is longer cannot be sent. */
  private static final int MAX_BYTES = 65_507;

  private static final int CHANNEL_HEADER_BYTES = 4;

  private final NettyLoop loop;
  private final @Nullable DatagramListener[] listeners;
  private final ByteBuffer answer = ByteBuffer.allocateDirect(MAX_BYTES);

  DatagramAnswers(NettyLoop loop, @Nullable DatagramListener[] listeners) {
    this.loop = loop;
    this.listeners = listeners;
  }

  @Override
  public boolean send(DatagramPath path, byte[] message) {
    return message.length <= MAX_BYTES && send(path, answer.clear().put(message));
  }

  @Override
  public boolean sendChannelData(
      DatagramPath path, int channel, MemorySegment memory, long offset, int length) {
    if (length > MAX_BYTES - CHANNEL_HEADER_BYTES) {
      return false;
    }
    answer.clear().putShort((short) channel).putShort((short) length);
    return send(path, answer.put(loop.view(memory, offset, length)));
  }

  @Override
  public boolean sendGathered(
      DatagramPath path,
      byte[] head,
      int headLength,
      MemorySegment memory,
      long offset,
      int length,
      int padding) {
    if (headLength + length + padding > MAX_BYTES) {
      return false;
    }
    answer.clear().put(head, 0, headLength).put(loop.view(memory, offset, length));
    for (int i = 0; i < padding; i++) {
      answer.put((byte) 0);
    }
    return send(path, answer);
  }

  private boolean send(DatagramPath path, ByteBuffer filled) {
    DatagramListener listener = listeners[path.listener()];
    return listener != null
        && listener.send(path.family(), path.high(), path.low(), path.port(), filled.flip());
  }
}
