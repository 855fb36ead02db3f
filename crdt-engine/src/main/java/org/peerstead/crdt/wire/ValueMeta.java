package org.peerstead.crdt.wire;

import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.AutomergeFormatException.Reason;

/**
 * Value metadata: {@code length in bytes << 4 | type code}. Checks that a value's bytes are what
 * its type demands.
 */
public final class ValueMeta {
  public static final int NULL = 0;
  public static final int FALSE = 1;
  public static final int TRUE = 2;
  public static final int UINT = 3;
  public static final int INT = 4;
  public static final int F64 = 5;
  public static final int STRING = 6;
  public static final int BYTES = 7;
  public static final int COUNTER = 8;
  public static final int TIMESTAMP = 9;

  private ValueMeta() {}

  public static int of(int type, int length) {
    return length << 4 | type;
  }

  /** Throws unless {@code length} bytes at {@code offset} are a canonical value of {@code type}. */
  public static void check(int type, byte[] source, int offset, int length)
      throws AutomergeFormatException {
    switch (type) {
      case NULL, FALSE, TRUE -> {
        if (length != 0) {
          throw bad("a null or boolean with " + length + " bytes");
        }
      }
      case UINT, INT, COUNTER, TIMESTAMP -> checkLeb(type != UINT, source, offset, length);
      case F64 -> {
        if (length != 8) {
          throw bad("a float of " + length + " bytes, not 8");
        }
      }
      case STRING -> checkUtf8(source, offset, length);
      default -> {
        // Byte strings and unknown types are any bytes.
      }
    }
  }

  private static void checkLeb(boolean isSigned, byte[] source, int offset, int length)
      throws AutomergeFormatException {
    if (length < 1 || length > 10) {
      throw bad("an integer of " + length + " bytes");
    }
    int last = source[offset + length - 1];
    if (last < 0) {
      throw bad("an integer that does not end");
    }
    for (int i = 0; i < length - 1; i++) {
      if (source[offset + i] >= 0) {
        throw bad("an integer that ends early");
      }
    }
    if (length == 1) {
      return;
    }
    boolean previousNegative = (source[offset + length - 2] & 0x40) != 0;
    boolean isOverlong =
        isSigned
            ? (last == 0 && !previousNegative) || (last == 0x7F && previousNegative)
            : last == 0;
    boolean isTooLarge = length == 10 && (isSigned ? last != 0 && last != 0x7F : last > 1);
    if (isOverlong || isTooLarge) {
      throw bad("an integer longer than needed or above 64 bits");
    }
  }

  private static void checkUtf8(byte[] source, int offset, int length)
      throws AutomergeFormatException {
    for (int i = offset; i < offset + length; i++) {
      if (source[i] < 0) {
        ByteReader.utf8(source, offset, length, "a string value");
        return;
      }
    }
  }

  private static AutomergeFormatException bad(String what) {
    return new AutomergeFormatException(Reason.BAD_VALUE, what);
  }
}
