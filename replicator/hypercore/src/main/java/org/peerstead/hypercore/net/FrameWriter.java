package org.peerstead.hypercore.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Slice;

/**
 * Puts frames together into buffers of one system call's size and tells when the socket took them.
 * Belongs to one connection and its event loop.
 */
final class FrameWriter {
  /** Small enough that a slow reader shows progress, large enough for few system calls. */
  private static final int BUFFER_BYTES = 128 * 1024;

  private final IntConsumer written;
  private @Nullable ByteBuf buffer;
  private int counted;

  /**
   * A writer.
   *
   * @param written is told of bytes that the socket took, of those that {@link #add} counted
   */
  FrameWriter(IntConsumer written) {
    this.written = written;
  }

  /**
   * Adds a frame; full buffers are written, not flushed.
   *
   * @param isCounted whether its bytes are to be told when they are written
   */
  void add(ChannelHandlerContext context, Slice frame, boolean isCounted) {
    int done = 0;
    while (done < frame.length()) {
      ByteBuf target = buffer;
      if (target == null) {
        int size = Math.min(BUFFER_BYTES, Math.max(frame.length() - done, 2048));
        target = context.alloc().directBuffer(size, BUFFER_BYTES);
        buffer = target;
      }
      int part = Math.min(frame.length() - done, BUFFER_BYTES - target.writerIndex());
      target.writeBytes(frame.array(), frame.offset() + done, part);
      done += part;
      if (isCounted) {
        counted += part;
      }
      if (target.writerIndex() == BUFFER_BYTES) {
        seal(context);
      }
    }
  }

  /** Writes and flushes what was added. */
  void flush(ChannelHandlerContext context) {
    seal(context);
    context.flush();
  }

  /** Forgets what was added and not written. */
  void release() {
    if (buffer != null) {
      buffer.release();
      buffer = null;
    }
  }

  private void seal(ChannelHandlerContext context) {
    ByteBuf full = buffer;
    if (full == null) {
      return;
    }
    buffer = null;
    int bytes = counted;
    counted = 0;
    if (bytes == 0) {
      context.write(full, context.voidPromise());
    } else {
      context.write(full).addListener((ChannelFutureListener) done -> written.accept(bytes));
    }
  }
}
