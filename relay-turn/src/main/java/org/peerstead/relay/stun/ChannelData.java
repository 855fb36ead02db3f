package org.peerstead.relay.stun;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Reads ChannelData messages in borrowed memory (RFC 8656 section 12.4), without allocating.
 *
 * <p>Layout: number of the channel (2 bytes, from 0x4000 on), length of the data (2 bytes), the
 * data; on streams zero to three bytes of padding that the length does not count.
 */
public final class ChannelData {
  public static final int HEADER_BYTES = 4;

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private ChannelData() {}

  /**
   * Whether a message that begins with this byte is ChannelData. RFC 8656 has channels up to
   * 0x4FFF, RFC 5766 up to 0x7FFE; clients of the latter still exist.
   */
  public static boolean isChannelData(int firstByte) {
    return (firstByte & 0xc0) == 0x40;
  }

  /** The channel of a message that has a header. */
  public static int channel(MemorySegment memory, long offset) {
    return memory.get(SHORT, offset) & 0xffff;
  }

  /**
   * The length of the data. Bytes behind them are not looked at: padding, even over UDP.
   *
   * @param length bytes of the whole message
   * @return -1 when the message is shorter than it says, or has no header
   */
  public static int dataLength(MemorySegment memory, long offset, int length) {
    if (length < HEADER_BYTES) {
      return -1;
    }
    int dataLength = memory.get(SHORT, offset + 2) & 0xffff;
    return dataLength <= length - HEADER_BYTES ? dataLength : -1;
  }
}
