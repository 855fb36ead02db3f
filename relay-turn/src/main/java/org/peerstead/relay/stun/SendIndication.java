package org.peerstead.relay.stun;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.zip.CRC32;

/**
 * Reads Send indications in borrowed memory (RFC 8656 section 11.2), without allocating. The same
 * rules as in {@link StunMessage}: attributes behind an integrity attribute do not count, the first
 * of a type counts, FINGERPRINT is last and right. Not thread-safe.
 */
public final class SendIndication {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final int TYPE = StunMethod.type(StunMethod.SEND, StunClass.INDICATION);

  /** How it went. */
  public enum Result {
    OK,
    /** Not a Send indication, or one that breaks the rules. */
    MALFORMED,
    /** XOR-PEER-ADDRESS or DATA is missing. */
    INCOMPLETE,
    /** Has an attribute that must be understood and is not. */
    UNKNOWN_ATTRIBUTE
  }

  private final CRC32 crc = new CRC32();
  private final byte[] summed = new byte[512];

  private IpFamily family = IpFamily.V4;
  private long high;
  private long low;
  private int port;
  private int dataOffset;
  private int dataLength;
  private boolean dontFragment;

  /**
   * @param offset where the message begins
   * @param length bytes that there are; the message must have exactly as many
   * @return what the other methods say counts for {@link Result#OK} only
   */
  public Result read(MemorySegment memory, long offset, int length) {
    dataOffset = -1;
    dataLength = 0;
    dontFragment = false;
    if (length < Wire.HEADER_BYTES
        || (length & 3) != 0
        || memory.get(INT, offset) != (TYPE << 16 | length - Wire.HEADER_BYTES)
        || memory.get(INT, offset + Wire.COOKIE_AT) != Wire.COOKIE) {
      return Result.MALFORMED;
    }
    boolean hasPeer = false;
    boolean hasUnknown = false;
    boolean counts = true;
    int at = Wire.HEADER_BYTES;
    // Lengths are multiples of four, so a header of an attribute is always there.
    while (at < length) {
      int type = memory.get(SHORT, offset + at) & 0xffff;
      int size = memory.get(SHORT, offset + at + 2) & 0xffff;
      int value = at + Wire.ATTRIBUTE_HEADER_BYTES;
      int next = value + Wire.padded(size);
      if (next > length) {
        return Result.MALFORMED;
      }
      if (type == StunAttribute.FINGERPRINT) {
        if (next != length || size != Wire.FINGERPRINT_BYTES || !isSum(memory, offset, at)) {
          return Result.MALFORMED;
        }
      } else if (counts) {
        switch (type) {
          case StunAttribute.XOR_PEER_ADDRESS -> {
            if (!hasPeer && !readPeer(memory, offset, value, size)) {
              return Result.MALFORMED;
            }
            hasPeer = true;
          }
          case StunAttribute.DATA -> {
            if (dataOffset < 0) {
              dataOffset = value;
              dataLength = size;
            }
          }
          case StunAttribute.DONT_FRAGMENT -> dontFragment = true;
          case StunAttribute.MESSAGE_INTEGRITY, StunAttribute.MESSAGE_INTEGRITY_SHA256 ->
              counts = false;
          // Understood, but not asked for in indications.
          case StunAttribute.USERNAME, StunAttribute.REALM, StunAttribute.NONCE -> {}
          default -> hasUnknown |= type < Wire.FIRST_OPTIONAL;
        }
      }
      at = next;
    }
    if (hasUnknown) {
      return Result.UNKNOWN_ATTRIBUTE;
    }
    return hasPeer && dataOffset >= 0 ? Result.OK : Result.INCOMPLETE;
  }

  private boolean readPeer(MemorySegment memory, long offset, int value, int size) {
    if (size < Wire.ATTRIBUTE_HEADER_BYTES) {
      return false;
    }
    int number = memory.get(ValueLayout.JAVA_BYTE, offset + value + 1);
    long address = offset + value + 4;
    if (number == IpFamily.V4.number() && size == 4 + IpFamily.V4.addressBytes()) {
      family = IpFamily.V4;
      high = 0;
      low = Integer.toUnsignedLong(memory.get(INT, address) ^ Wire.COOKIE);
    } else if (number == IpFamily.V6.number() && size == 4 + IpFamily.V6.addressBytes()) {
      family = IpFamily.V6;
      high = memory.get(LONG, address) ^ memory.get(LONG, offset + Wire.COOKIE_AT);
      low = memory.get(LONG, address + 8) ^ memory.get(LONG, offset + Wire.COOKIE_AT + 8);
    } else {
      return false;
    }
    port = (memory.get(SHORT, offset + value + 2) & 0xffff) ^ Wire.PORT_MASK;
    return true;
  }

  private boolean isSum(MemorySegment memory, long offset, int end) {
    crc.reset();
    for (int at = 0; at < end; at += summed.length) {
      int part = Math.min(summed.length, end - at);
      MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset + at, summed, 0, part);
      crc.update(summed, 0, part);
    }
    int claimed = memory.get(INT, offset + end + Wire.ATTRIBUTE_HEADER_BYTES);
    return ((int) crc.getValue() ^ Wire.FINGERPRINT_MASK) == claimed;
  }

  /** The peer's family. */
  public IpFamily family() {
    return family;
  }

  /** The peer, as in {@link IpAddress#high()}. */
  public long high() {
    return high;
  }

  /** The peer, as in {@link IpAddress#low()}. */
  public long low() {
    return low;
  }

  /** The peer's port. */
  public int port() {
    return port;
  }

  /** Where the payload begins, counted from where the message begins. */
  public int dataOffset() {
    return dataOffset;
  }

  /** Bytes of the payload; may be none. */
  public int dataLength() {
    return dataLength;
  }

  /** Whether the datagram to the peer must not be fragmented. */
  public boolean dontFragment() {
    return dontFragment;
  }
}
