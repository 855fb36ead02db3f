package org.peerstead.relay.stun;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Reads a Send indication in borrowed memory, without allocating. */
public final class SendIndication {
  private static final ValueLayout.OfShort S =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt I =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong L =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** How it went. */
  public enum Result {
    OK,
    MALFORMED,
    INCOMPLETE,
    UNKNOWN_ATTRIBUTE
  }

  private IpFamily family = IpFamily.V4;
  private long high;
  private long low;
  private int port;
  private int dataOffset;
  private int dataLength;
  private boolean dontFragment;

  public Result read(MemorySegment m, long offset, int length) {
    dataOffset = -1;
    dontFragment = false;
    boolean hasPeer = false;
    boolean unknown = false;
    if (length < 20
        || (length & 3) != 0
        || (m.get(S, offset + 2) & 0xffff) != length - 20
        || m.get(I, offset + 4) != 0x2112a442) {
      return Result.MALFORMED;
    }
    for (int at = 20; at < length; ) {
      if (length - at < 4) {
        return Result.MALFORMED;
      }
      int type = m.get(S, offset + at) & 0xffff;
      int size = m.get(S, offset + at + 2) & 0xffff;
      int next = at + 4 + ((size + 3) & ~3);
      if (next > length) {
        return Result.MALFORMED;
      }
      switch (type) {
        case StunAttribute.XOR_PEER_ADDRESS -> {
          if (!hasPeer) {
            int number = size < 2 ? 0 : m.get(ValueLayout.JAVA_BYTE, offset + at + 5);
            if (number == 1 && size == 8) {
              family = IpFamily.V4;
              high = 0;
              low = (m.get(I, offset + at + 8) ^ 0x2112a442) & 0xffff_ffffL;
            } else if (number == 2 && size == 20) {
              family = IpFamily.V6;
              high = m.get(L, offset + at + 8) ^ m.get(L, offset + 4);
              low = m.get(L, offset + at + 16) ^ m.get(L, offset + 12);
            } else {
              return Result.MALFORMED;
            }
            port = (m.get(S, offset + at + 6) ^ 0x2112) & 0xffff;
            hasPeer = true;
          }
        }
        case StunAttribute.DATA -> {
          if (dataOffset < 0) {
            dataOffset = at + 4;
            dataLength = size;
          }
        }
        case StunAttribute.DONT_FRAGMENT -> dontFragment = true;
        default -> unknown |= type < 0x8000;
      }
      at = next;
    }
    return unknown
        ? Result.UNKNOWN_ATTRIBUTE
        : hasPeer && dataOffset >= 0 ? Result.OK : Result.INCOMPLETE;
  }

  public IpFamily family() {
    return family;
  }

  public long high() {
    return high;
  }

  public long low() {
    return low;
  }

  public int port() {
    return port;
  }

  public int dataOffset() {
    return dataOffset;
  }

  public int dataLength() {
    return dataLength;
  }

  public boolean dontFragment() {
    return dontFragment;
  }
}
