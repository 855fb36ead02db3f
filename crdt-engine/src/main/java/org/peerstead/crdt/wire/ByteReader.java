package org.peerstead.crdt.wire;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.AutomergeFormatException.Reason;

/** A bounded cursor over a byte array. Not thread-safe. */
public final class ByteReader {
  private byte[] bytes;
  private int position;
  private int end;

  public ByteReader(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  public ByteReader(byte[] bytes, int offset, int end) {
    this.bytes = bytes;
    this.position = offset;
    this.end = end;
  }

  /** Points this reader at another range, so that hot paths need no new reader. */
  public void reset(byte[] newBytes, int offset, int newEnd) {
    this.bytes = newBytes;
    this.position = offset;
    this.end = newEnd;
  }

  public byte[] array() {
    return bytes;
  }

  public int position() {
    return position;
  }

  public int end() {
    return end;
  }

  public int remaining() {
    return end - position;
  }

  public boolean isAtEnd() {
    return position >= end;
  }

  public int readByte() throws AutomergeFormatException {
    if (position >= end) {
      throw truncated("a byte");
    }
    return bytes[position++] & 0xFF;
  }

  /** Advances over {@code length} bytes and returns where they begin. */
  public int skip(long length, String what) throws AutomergeFormatException {
    if (length < 0 || length > end - position) {
      throw new AutomergeFormatException(
          Reason.TRUNCATED,
          what
              + " needs "
              + Long.toUnsignedString(length)
              + " bytes, "
              + (end - position)
              + " are left");
    }
    int start = position;
    position += (int) length;
    return start;
  }

  /**
   * An unsigned LEB128 of at most 64 bits in its shortest form; larger than {@link Long#MAX_VALUE}
   * comes out negative.
   */
  public long readUleb() throws AutomergeFormatException {
    if (position < end) {
      byte first = bytes[position];
      if (first >= 0) {
        position++;
        return first;
      }
    }
    return readLongUleb();
  }

  private long readLongUleb() throws AutomergeFormatException {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      int b = readByte();
      if (shift == 63 && b > 1) {
        throw new AutomergeFormatException(
            Reason.BAD_INTEGER, "LEB128 number above 64 bits at byte " + position);
      }
      value |= (long) (b & 0x7F) << shift;
      if ((b & 0x80) == 0) {
        if (b == 0 && shift > 0) {
          throw overlong();
        }
        return value;
      }
    }
  }

  /** A signed LEB128 of at most 64 bits in its shortest form. */
  public long readSleb() throws AutomergeFormatException {
    long value = 0;
    int previous = 0;
    for (int shift = 0; ; shift += 7) {
      int b = readByte();
      if (shift == 63 && b != 0 && b != 0x7F) {
        throw new AutomergeFormatException(
            Reason.BAD_INTEGER, "LEB128 number above 64 bits at byte " + position);
      }
      value |= (long) (b & 0x7F) << shift;
      if ((b & 0x80) == 0) {
        boolean negative = (b & 0x40) != 0;
        if (shift > 0) {
          boolean previousNegative = (previous & 0x40) != 0;
          if ((b == 0 && !previousNegative) || (b == 0x7F && previousNegative)) {
            throw overlong();
          }
        }
        if (negative && shift + 7 < 64) {
          value |= -1L << (shift + 7);
        }
        return value;
      }
      previous = b;
    }
  }

  /** An unsigned LEB128 that must not exceed {@code max}. */
  public int readCount(int max, String what) throws AutomergeFormatException {
    long value = readUleb();
    if (value < 0 || value > max) {
      throw new AutomergeFormatException(
          Reason.LIMIT_EXCEEDED,
          what + " is " + Long.toUnsignedString(value) + ", at most " + max + " is possible here");
    }
    return (int) value;
  }

  /** A length-prefixed UTF-8 string. */
  public String readString(String what) throws AutomergeFormatException {
    long length = readUleb();
    int start = skip(length, what);
    return utf8(bytes, start, (int) length, what);
  }

  /** Decodes UTF-8 strictly. */
  public static String utf8(byte[] source, int offset, int length, String what)
      throws AutomergeFormatException {
    boolean ascii = true;
    for (int i = offset; i < offset + length; i++) {
      if (source[i] < 0) {
        ascii = false;
        break;
      }
    }
    if (ascii) {
      return new String(source, offset, length, StandardCharsets.ISO_8859_1);
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(source, offset, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw new AutomergeFormatException(Reason.BAD_UTF8, what + " is not valid UTF-8");
    }
  }

  private AutomergeFormatException truncated(String what) {
    return new AutomergeFormatException(
        Reason.TRUNCATED, "expected " + what + " at byte " + position + ", found the end");
  }

  private AutomergeFormatException overlong() {
    return new AutomergeFormatException(
        Reason.BAD_INTEGER, "LEB128 number longer than needed at byte " + position);
  }
}
