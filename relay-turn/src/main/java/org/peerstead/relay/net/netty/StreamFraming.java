package org.peerstead.relay.net.netty;

/**
 * Where messages end on a stream (RFC 8489 section 6.2.2, RFC 8656 section 12.5).
 *
 * <p>STUN: six zero bits, 10 bits of type, 16 bits of length without the 20 bytes of the header.
 * ChannelData: 16 bits of number from 0x4000 up, 16 bits of length without the 4 bytes of the
 * header and without the padding to a multiple of 4 that a stream has.
 */
final class StreamFraming {
  /** Enough to know how long a message is. */
  static final int PREFIX_BYTES = 4;

  /** A Send indication with the longest payload, and room for its other attributes. */
  static final int MAX_BYTES = 20 + 65_535 + 1;

  private static final int STUN_HEADER_BYTES = 20;

  /** Where several protocols share a port STUN has the first bytes 0 to 3 (RFC 7983 section 7). */
  private static final int MAX_STUN_TYPE = 0x03ff;

  private static final int MIN_CHANNEL = 0x4000;

  /**
   * Of RFC 5766 section 11, which clients still follow; the engine says which numbers may be used.
   */
  private static final int MAX_CHANNEL = 0x7fff;

  private StreamFraming() {}

  /**
   * The whole length of a message, padding included.
   *
   * @param prefix its first four bytes
   * @param most bytes that this message may have
   * @return -1 when no message begins so, or it would be longer than {@code most}
   */
  static int length(int prefix, int most) {
    int type = prefix >>> 16;
    int length = prefix & 0xffff;
    int whole;
    if (type <= MAX_STUN_TYPE) {
      if ((length & 3) != 0) {
        return -1;
      }
      whole = STUN_HEADER_BYTES + length;
    } else if (type >= MIN_CHANNEL && type <= MAX_CHANNEL) {
      whole = (4 + length + 3) & ~3;
    } else {
      return -1;
    }
    return whole <= most ? whole : -1;
  }
}
