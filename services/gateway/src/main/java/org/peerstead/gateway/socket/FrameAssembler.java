package org.peerstead.gateway.socket;

import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;
import org.peerstead.gateway.wire.MalformedFrameException;
import org.peerstead.gateway.wire.MalformedFrameException.Reason;

/** Joins the fragments of WebSocket messages, bounded. Not thread-safe. */
final class FrameAssembler {
  private final int maxBytes;
  private @Nullable Buffer start;

  FrameAssembler(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Takes a data frame.
   *
   * @return the whole message once its last fragment came
   * @throws MalformedFrameException when the message is too large or is text; the rest of it must
   *     not be offered
   */
  byte @Nullable [] add(Buffer data, boolean isText, boolean isFinal)
      throws MalformedFrameException {
    if (isText) {
      throw new MalformedFrameException(Reason.TEXT_FRAME, "only binary frames are accepted");
    }
    Buffer before = start;
    long size = (long) data.length() + (before == null ? 0 : before.length());
    if (size > maxBytes) {
      start = null;
      throw new MalformedFrameException(
          Reason.TOO_LARGE, "the message is larger than " + maxBytes + " bytes");
    }
    if (before == null && isFinal) {
      return data.getBytes();
    }
    Buffer whole = before == null ? Buffer.buffer(data.length() * 2) : before;
    whole.appendBuffer(data);
    if (isFinal) {
      start = null;
      return whole.getBytes();
    }
    start = whole;
    return null;
  }
}
