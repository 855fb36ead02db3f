package org.peerstead.gateway.wire;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.peerstead.gateway.wire.MalformedFrameException.Reason;

/**
 * Pull reader of one CBOR item (RFC 8949) out of bytes that a stranger sent.
 *
 * <p>It reads what cbor-x writes: lengths in more bytes than needed, {@code undefined} values,
 * integers above 32 bits as floating point, byte strings under tag 64, and also the indefinite
 * lengths cbor-x accepts. Nothing is allocated before the bytes it would hold were seen, so memory
 * is bounded by the frame. Not thread-safe.
 */
final class CborReader {
  /** How deep arrays, maps and tags may nest; automerge-repo's own messages need 4. */
  static final int MAX_DEPTH = 32;

  /** Answer of {@link #enterMap} and {@link #enterArray} for an indefinite length. */
  static final int INDEFINITE = -1;

  private static final int BREAK = 0xff;
  private static final int FALSE = 0xf4;
  private static final int TRUE = 0xf5;
  private static final int NULL = 0xf6;
  private static final int UNDEFINED = 0xf7;
  private static final int FLOAT16 = 0xf9;
  private static final int FLOAT32 = 0xfa;
  private static final int FLOAT64 = 0xfb;
  private static final int TAG_UINT8_ARRAY = 64;
  private static final double MAX_SAFE_INTEGER = 9_007_199_254_740_991d;

  private final byte[] bytes;
  private int offset;

  /**
   * @param bytes the frame; not copied, must not change while reading
   */
  CborReader(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Offset of the next unread byte. */
  int offset() {
    return offset;
  }

  /** Continues at {@code newOffset}, which must come from {@link #offset()}. */
  void seek(int newOffset) {
    offset = newOffset;
  }

  boolean atEnd() {
    return offset == bytes.length;
  }

  /** Starts a map: number of entries, or {@link #INDEFINITE}. Follow with {@link #hasNext}. */
  int enterMap(Reason otherwise, String what) throws MalformedFrameException {
    return enter(5, 2, otherwise, what);
  }

  /** Starts an array: number of items, or {@link #INDEFINITE}. Follow with {@link #hasNext}. */
  int enterArray(String what) throws MalformedFrameException {
    return enter(4, 1, Reason.WRONG_FIELD_TYPE, what);
  }

  private int enter(int major, int minBytesPerEntry, Reason otherwise, String what)
      throws MalformedFrameException {
    int initial = peek();
    if (initial >>> 5 != major) {
      throw new MalformedFrameException(otherwise, what + " is not a " + majorName(major));
    }
    if ((initial & 31) == 31) {
      offset++;
      return INDEFINITE;
    }
    long count = argument();
    if (count < 0 || count > (bytes.length - offset) / minBytesPerEntry) {
      throw new MalformedFrameException(
          Reason.TRUNCATED, what + " claims more entries than the frame has bytes");
    }
    return (int) count;
  }

  /**
   * Whether a container has another entry.
   *
   * @param size what {@code enterMap} or {@code enterArray} answered
   * @param read entries read so far
   */
  boolean hasNext(int size, int read) throws MalformedFrameException {
    if (size != INDEFINITE) {
      return read < size;
    }
    if (peek() == BREAK) {
      offset++;
      return false;
    }
    return true;
  }

  /** Consumes a {@code null} or {@code undefined} if that comes next. */
  boolean skipAbsent() throws MalformedFrameException {
    int initial = peek();
    if (initial == NULL || initial == UNDEFINED) {
      offset++;
      return true;
    }
    return false;
  }

  /** Whether a text string comes next. */
  boolean isText() throws MalformedFrameException {
    return peek() >>> 5 == 3;
  }

  /**
   * Reads a text string.
   *
   * @param maxBytes bound on its UTF-8 bytes
   */
  String text(int maxBytes, String what) throws MalformedFrameException {
    byte[] utf8 = string(3, maxBytes, what);
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(utf8))
          .toString();
    } catch (CharacterCodingException e) {
      throw new MalformedFrameException(Reason.INVALID_TEXT, what + " is not UTF-8");
    }
  }

  /** Reads a byte string, also one tagged as a typed array of unsigned bytes. */
  byte[] bytes(String what) throws MalformedFrameException {
    if (peek() >>> 5 == 6) {
      if (argument() != TAG_UINT8_ARRAY) {
        throw new MalformedFrameException(Reason.WRONG_FIELD_TYPE, what + " has an unknown tag");
      }
    }
    return string(2, bytes.length, what);
  }

  private byte[] string(int major, int maxBytes, String what) throws MalformedFrameException {
    int initial = peek();
    if (initial >>> 5 != major) {
      throw new MalformedFrameException(
          Reason.WRONG_FIELD_TYPE, what + " is not a " + majorName(major));
    }
    if ((initial & 31) != 31) {
      return definiteString(maxBytes, what);
    }
    offset++;
    var joined = new ByteArrayOutputStream();
    while (peek() != BREAK) {
      if (peek() >>> 5 != major || (peek() & 31) == 31) {
        throw new MalformedFrameException(Reason.INVALID_CBOR, what + " has a bad chunk");
      }
      joined.writeBytes(definiteString(maxBytes - joined.size(), what));
    }
    offset++;
    return joined.toByteArray();
  }

  private byte[] definiteString(int maxBytes, String what) throws MalformedFrameException {
    long length = argument();
    if (length < 0 || length > bytes.length - offset) {
      throw new MalformedFrameException(
          Reason.TRUNCATED, what + " claims more bytes than the frame has");
    }
    if (length > maxBytes) {
      throw new MalformedFrameException(
          Reason.FIELD_TOO_LONG, what + " has more than " + maxBytes + " bytes");
    }
    byte[] string = Arrays.copyOfRange(bytes, offset, offset + (int) length);
    offset += (int) length;
    return string;
  }

  boolean bool(String what) throws MalformedFrameException {
    int initial = peek();
    if (initial != TRUE && initial != FALSE) {
      throw new MalformedFrameException(Reason.WRONG_FIELD_TYPE, what + " is not a boolean");
    }
    offset++;
    return initial == TRUE;
  }

  /** Reads a whole number of 0 to 2^53 - 1, written as an integer or as floating point. */
  long number(String what) throws MalformedFrameException {
    int initial = peek();
    double value;
    if (initial >>> 5 == 0) {
      long integer = argument();
      if (integer < 0 || integer > (long) MAX_SAFE_INTEGER) {
        throw outOfRange(what);
      }
      return integer;
    } else if (initial == FLOAT64) {
      offset++;
      value = Double.longBitsToDouble(fixed(8));
    } else if (initial == FLOAT32) {
      offset++;
      value = Float.intBitsToFloat((int) fixed(4));
    } else if (initial == FLOAT16) {
      offset++;
      value = Float.float16ToFloat((short) fixed(2));
    } else if (initial >>> 5 == 1) {
      throw outOfRange(what);
    } else {
      throw new MalformedFrameException(Reason.WRONG_FIELD_TYPE, what + " is not a number");
    }
    if (!(value >= 0 && value <= MAX_SAFE_INTEGER) || value != Math.rint(value)) {
      throw outOfRange(what);
    }
    return (long) value;
  }

  private static MalformedFrameException outOfRange(String what) {
    return new MalformedFrameException(
        Reason.NUMBER_OUT_OF_RANGE, what + " is not a whole number of 0 to 2^53 - 1");
  }

  /** Skips one item of any kind. */
  void skip() throws MalformedFrameException {
    skip(0);
  }

  private void skip(int depth) throws MalformedFrameException {
    if (depth >= MAX_DEPTH) {
      throw new MalformedFrameException(
          Reason.TOO_DEEP, "items are nested deeper than " + MAX_DEPTH);
    }
    int initial = peek();
    int major = initial >>> 5;
    boolean indefinite = (initial & 31) == 31;
    switch (major) {
      case 0, 1 -> argument();
      case 2, 3 -> {
        if (indefinite) {
          string(major, bytes.length, "a string");
        } else {
          long length = argument();
          if (length < 0 || length > bytes.length - offset) {
            throw new MalformedFrameException(
                Reason.TRUNCATED, "a string claims more bytes than the frame has");
          }
          offset += (int) length;
        }
      }
      case 4, 5 -> {
        int itemsPerEntry = major - 3;
        int size = enter(major, itemsPerEntry, Reason.INVALID_CBOR, "a container");
        for (int read = 0; hasNext(size, read); read++) {
          for (int i = 0; i < itemsPerEntry; i++) {
            skip(depth + 1);
          }
        }
      }
      case 6 -> {
        argument();
        skip(depth + 1);
      }
      default -> skipSimple(initial);
    }
  }

  private void skipSimple(int initial) throws MalformedFrameException {
    offset++;
    switch (initial & 31) {
      case 24 -> fixed(1);
      case 25 -> fixed(2);
      case 26 -> fixed(4);
      case 27 -> fixed(8);
      case 28, 29, 30, 31 ->
          throw new MalformedFrameException(
              Reason.INVALID_CBOR, "reserved or misplaced byte " + initial);
      default -> {}
    }
  }

  private int peek() throws MalformedFrameException {
    if (offset >= bytes.length) {
      throw new MalformedFrameException(Reason.TRUNCATED, "the frame ends inside an item");
    }
    return bytes[offset] & 0xff;
  }

  /** Reads the initial byte and its argument; a negative answer means 2^63 or more. */
  private long argument() throws MalformedFrameException {
    int info = peek() & 31;
    offset++;
    return switch (info) {
      case 24 -> fixed(1);
      case 25 -> fixed(2);
      case 26 -> fixed(4);
      case 27 -> fixed(8);
      case 28, 29, 30, 31 ->
          throw new MalformedFrameException(
              Reason.INVALID_CBOR, "reserved additional information " + info);
      default -> info;
    };
  }

  private long fixed(int size) throws MalformedFrameException {
    if (bytes.length - offset < size) {
      throw new MalformedFrameException(Reason.TRUNCATED, "the frame ends inside a number");
    }
    long value = 0;
    for (int i = 0; i < size; i++) {
      value = value << 8 | bytes[offset++] & 0xff;
    }
    return value;
  }

  private static String majorName(int major) {
    return switch (major) {
      case 2 -> "byte string";
      case 3 -> "text string";
      case 4 -> "array";
      default -> "map";
    };
  }
}
