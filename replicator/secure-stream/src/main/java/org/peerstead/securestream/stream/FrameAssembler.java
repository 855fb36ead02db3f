package org.peerstead.securestream.stream;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.stream.StreamException.Reason;

/**
 * Cuts a byte stream into frames: a length of three bytes, little endian, then the content. Holds
 * at most one frame, and never more memory than twice what has arrived of it or of the frame
 * before. Not thread-safe.
 */
final class FrameAssembler {
  static final int LENGTH_BYTES = 3;

  /** Largest content that the length can express: 2^24 - 1 bytes. */
  static final int MAX_CONTENT_BYTES = 0xffffff;

  private static final int FIRST_ALLOCATION_BYTES = 8192;

  private int maxContentBytes;
  private int lengthBytesSeen;
  private int contentBytes;
  private byte @Nullable [] content;
  private int contentSeen;
  private int lastContentBytes;

  FrameAssembler(int maxContentBytes) {
    this.maxContentBytes = maxContentBytes;
  }

  /** From the next frame on. */
  void limit(int contentBytesAtMost) {
    maxContentBytes = contentBytesAtMost;
  }

  /** Whether a frame has begun and is not complete. */
  boolean isInsideFrame() {
    return lengthBytesSeen > 0;
  }

  /** Bytes of the frame that has begun and is not complete. */
  int heldBytes() {
    return contentSeen;
  }

  /**
   * Takes bytes from {@code input} until a frame is complete or nothing is left.
   *
   * @param input advanced by what was taken
   * @return the content of the frame, in an array of its own; or null when more bytes are needed
   */
  @Nullable Slice next(Input input) throws StreamException {
    while (lengthBytesSeen < LENGTH_BYTES) {
      if (input.remaining() == 0) {
        return null;
      }
      contentBytes |= (input.array[input.position++] & 0xff) << (8 * lengthBytesSeen);
      lengthBytesSeen++;
      if (lengthBytesSeen == LENGTH_BYTES && contentBytes > maxContentBytes) {
        throw new StreamException(
            Reason.BAD_LENGTH, "frame of " + contentBytes + " bytes above " + maxContentBytes);
      }
    }
    int taken = Math.min(input.remaining(), contentBytes - contentSeen);
    byte[] target = withRoomFor(contentSeen + taken);
    System.arraycopy(input.array, input.position, target, contentSeen, taken);
    input.position += taken;
    contentSeen += taken;
    if (contentSeen < contentBytes) {
      return null;
    }
    Slice frame = Slice.of(target, 0, contentBytes);
    lastContentBytes = contentBytes;
    lengthBytesSeen = 0;
    contentBytes = 0;
    contentSeen = 0;
    content = null;
    return frame;
  }

  private byte[] withRoomFor(int size) {
    byte[] present = content;
    if (present == null) {
      // A frame that is here completely gets its exact size.
      present = new byte[size == contentBytes ? size : Math.max(size, firstAllocation())];
    } else if (present.length < size) {
      present = Arrays.copyOf(present, Math.min(contentBytes, Math.max(size, 2 * present.length)));
    }
    content = present;
    return present;
  }

  /** Who has sent a large frame is trusted with as much for the next: it need not grow then. */
  private int firstAllocation() {
    return Math.min(contentBytes, Math.max(FIRST_ALLOCATION_BYTES, 2 * lastContentBytes));
  }

  /** A position in an array that is read from the front. */
  static final class Input {
    private final byte[] array;
    private final int end;
    private int position;

    Input(Slice bytes) {
      array = bytes.array();
      position = bytes.offset();
      end = bytes.offset() + bytes.length();
    }

    int remaining() {
      return end - position;
    }
  }
}
