package org.peerstead.securestream.encoding;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Writes compact-encoding values one after another, in the fewest bytes, into an array that grows.
 * A value outside the range of its encoding is a bug of the caller: {@link
 * IllegalArgumentException}.
 *
 * <p>Not thread-safe. Methods return the writer, so that a message reads as one expression.
 */
public final class CompactWriter {
  private byte[] array;
  private int position;

  /** Writes one item of an array. */
  @FunctionalInterface
  public interface ItemWriter<T> {
    /** Appends {@code item} to {@code writer}. */
    void write(CompactWriter writer, T item);
  }

  /** An empty writer with room for 64 bytes before it first grows. */
  public CompactWriter() {
    this(64);
  }

  /** An empty writer with room for {@code capacityBytes} before it first grows. */
  public CompactWriter(int capacityBytes) {
    array = new byte[capacityBytes];
  }

  /** Bytes that {@code uint} needs for {@code value}: 1, 3, 5 or 9. */
  public static int sizeOfUint(long value) {
    checkUint(value);
    return value <= 0xfc ? 1 : value <= 0xffff ? 3 : value <= 0xffffffffL ? 5 : 9;
  }

  /** Number of bytes written so far. */
  public int length() {
    return position;
  }

  /** A copy of what was written. */
  public byte[] toByteArray() {
    return Arrays.copyOf(array, position);
  }

  /** What was written, not copied: it changes when the writer is used again. */
  public Slice toSlice() {
    return Slice.of(array, 0, position);
  }

  /** Forgets what was written, to write something else into the same array. */
  public CompactWriter clear() {
    position = 0;
    return this;
  }

  /** {@code uint}: 0 to 2^53 - 1. */
  public CompactWriter uint(long value) {
    switch (sizeOfUint(value)) {
      case 1 -> uint8((int) value);
      case 3 -> uint8(0xfd).littleEndian(value, 2);
      case 5 -> uint8(0xfe).littleEndian(value, 4);
      default -> uint8(0xff).littleEndian(value, 8);
    }
    return this;
  }

  /** {@code int}: zig-zag, -(2^52) to 2^52 - 1. */
  public CompactWriter zigZag(long value) {
    return uint(toZigZag(value));
  }

  /** {@code uint8}: 0 to 255. */
  public CompactWriter uint8(int value) {
    if (value < 0 || value > 0xff) {
      throw new IllegalArgumentException(value + " outside 0-255");
    }
    reserve(1);
    array[position++] = (byte) value;
    return this;
  }

  /** {@code uint16}: 0 to 65535. */
  public CompactWriter uint16(int value) {
    return fixedUint(value, 2);
  }

  /** {@code uint24}: 0 to 2^24 - 1. */
  public CompactWriter uint24(int value) {
    return fixedUint(value, 3);
  }

  /** {@code uint32}: 0 to 2^32 - 1. */
  public CompactWriter uint32(long value) {
    return fixedUint(value, 4);
  }

  /** {@code uint64}: 0 to 2^53 - 1 in 8 bytes. */
  public CompactWriter uint64(long value) {
    return fixedUint(value, 8);
  }

  /**
   * {@code uint8} to {@code uint64} by width.
   *
   * @param widthBytes 1 to 8
   */
  public CompactWriter fixedUint(long value, int widthBytes) {
    checkUint(value);
    if (widthBytes < 8 && value >>> (8 * widthBytes) != 0) {
      throw new IllegalArgumentException(value + " does not fit " + widthBytes + " bytes");
    }
    return littleEndian(value, widthBytes);
  }

  /**
   * {@code int8} to {@code int64} by width: zig-zag as an unsigned number.
   *
   * @param widthBytes 1 to 8
   */
  public CompactWriter fixedZigZag(long value, int widthBytes) {
    return fixedUint(toZigZag(value), widthBytes);
  }

  /** {@code uint32be}: 0 to 2^32 - 1, big endian. */
  public CompactWriter uint32Be(long value) {
    checkUint(value);
    if (value >>> 32 != 0) {
      throw new IllegalArgumentException(value + " does not fit 4 bytes");
    }
    return bigEndian(value, 4);
  }

  /** {@code uint64be}: 0 to 2^53 - 1, big endian. */
  public CompactWriter uint64Be(long value) {
    checkUint(value);
    return bigEndian(value, 8);
  }

  /** {@code biguint64}: all 64 bits, taken as unsigned. */
  public CompactWriter bigUint64(long value) {
    return littleEndian(value, 8);
  }

  /** {@code bigint64}: zig-zag of 64 bits. */
  public CompactWriter bigInt64(long value) {
    return littleEndian((value << 1) ^ (value >> 63), 8);
  }

  /** {@code biguint}: 0 or more; number of 64-bit words, then the words. */
  public CompactWriter bigUint(BigInteger value) {
    if (value.signum() < 0) {
      throw new IllegalArgumentException("negative " + value);
    }
    int words = (value.bitLength() + 63) / 64;
    uint(words);
    for (int i = 0; i < words; i++) {
      littleEndian(value.shiftRight(64 * i).longValue(), 8);
    }
    return this;
  }

  /** {@code lexint}: 0 to 2^32 - 1. The value decides the width, the value less 251 is written. */
  public CompactWriter lexint(long value) {
    if (value < 0 || value > 0xffffffffL) {
      throw new IllegalArgumentException(value + " outside 0 to 2^32 - 1");
    }
    if (value < 251) {
      return uint8((int) value);
    }
    long rest = value - 251;
    int width = value <= 0xff ? 1 : value <= 0xffff ? 2 : value <= 0xffffff ? 3 : 4;
    return uint8(250 + width).bigEndian(rest, width);
  }

  /** {@code float32}. */
  public CompactWriter float32(float value) {
    return littleEndian(Float.floatToRawIntBits(value), 4);
  }

  /** {@code float64}. */
  public CompactWriter float64(double value) {
    return littleEndian(Double.doubleToRawLongBits(value), 8);
  }

  /** {@code bool}. */
  public CompactWriter bool(boolean value) {
    return uint8(value ? 1 : 0);
  }

  /** {@code buffer}: length, then the bytes. */
  public CompactWriter buffer(Slice value) {
    return uint(value.length()).raw(value);
  }

  /** {@code buffer}, or a length of 0 when absent. */
  public CompactWriter optionalBuffer(@Nullable Slice value) {
    return buffer(value == null ? Slice.EMPTY : value);
  }

  /** {@code string}: length in bytes, then UTF-8. */
  public CompactWriter string(String value) {
    return buffer(Slice.of(value.getBytes(StandardCharsets.UTF_8)));
  }

  /** {@code fixed(n)} and {@code raw}: the bytes without a length. */
  public CompactWriter raw(Slice value) {
    reserve(value.length());
    value.copyTo(array, position);
    position += value.length();
    return this;
  }

  /** {@code fixed32}. */
  public CompactWriter fixed32(Fixed32 value) {
    reserve(Fixed32.SIZE);
    value.copyTo(array, position);
    position += Fixed32.SIZE;
    return this;
  }

  /** {@code array(x)}: count, then the items; at most {@link CompactReader#MAX_ITEMS}. */
  public <T> CompactWriter array(Collection<T> items, ItemWriter<? super T> item) {
    if (items.size() > CompactReader.MAX_ITEMS) {
      throw new IllegalArgumentException(items.size() + " items above 2^20");
    }
    uint(items.size());
    for (T each : items) {
      item.write(this, each);
    }
    return this;
  }

  /** {@code uint32array}: number of words, then the words. */
  public CompactWriter uint32Array(int[] words) {
    uint(words.length);
    for (int word : words) {
      littleEndian(word, 4);
    }
    return this;
  }

  /** {@code bitarray}: number of bits, then the bytes. */
  public CompactWriter bitArray(boolean[] bits) {
    uint(bits.length);
    for (int i = 0; i < bits.length; i += 8) {
      int octet = 0;
      for (int j = i; j < Math.min(i + 8, bits.length); j++) {
        octet |= bits[j] ? 1 << (j - i) : 0;
      }
      uint8(octet);
    }
    return this;
  }

  /**
   * {@code bitfield(n)}.
   *
   * @param flags bit 0 is the first flag
   * @param bits declared number of bits, 1 to 64
   */
  public CompactWriter bitfield(long flags, int bits) {
    int width = bitfieldWidth(bits);
    if (bits < 64 && flags >>> bits != 0) {
      throw new IllegalArgumentException(
          Long.toHexString(flags) + " does not fit " + bits + " bits");
    }
    if (width > 1) {
      uint8(bitfieldMarker(width));
    }
    return littleEndian(flags, width);
  }

  /** {@code frame(x)}: length of {@code inner}, then what it holds. */
  public CompactWriter frame(CompactWriter inner) {
    return uint(inner.position).raw(Slice.of(inner.array, 0, inner.position));
  }

  /** {@code date}: milliseconds since 1970. */
  public CompactWriter dateMillis(long millis) {
    return zigZag(millis);
  }

  /** {@code ipv4Address} or {@code ipv6Address}, which the reader has to know. */
  public CompactWriter address(Endpoint value) {
    return raw(value.address()).uint16(value.port());
  }

  /** {@code any}: at most {@link AnyValue#MAX_DEPTH} deep. */
  public CompactWriter any(AnyValue value) {
    any(value, 0);
    return this;
  }

  private void any(AnyValue value, int depth) {
    if (depth > AnyValue.MAX_DEPTH) {
      throw new IllegalArgumentException("nested deeper than " + AnyValue.MAX_DEPTH);
    }
    switch (value) {
      case AnyValue.NullValue() -> uint(0);
      case AnyValue.BoolValue(boolean flag) -> uint(1).bool(flag);
      case AnyValue.StringValue(String text) -> uint(2).string(text);
      case AnyValue.BufferValue(Slice bytes) -> uint(3).buffer(bytes);
      case AnyValue.IntegerValue(long number) -> {
        if (number >= 0) {
          uint(4).uint(number);
        } else {
          uint(5).zigZag(number);
        }
      }
      case AnyValue.FloatValue(double number) -> uint(6).float64(number);
      case AnyValue.ArrayValue(var items) ->
          uint(7).array(items, (writer, item) -> writer.any(item, depth + 1));
      case AnyValue.ObjectValue(var fields) ->
          uint(8)
              .array(
                  fields.entrySet(),
                  (writer, field) ->
                      writer.string(field.getKey()).any(field.getValue(), depth + 1));
      case AnyValue.DateValue(long millis) -> uint(9).dateMillis(millis);
    }
  }

  /** Bytes that {@code bitfield(bits)} has behind its marker, or in all when it is 1. */
  static int bitfieldWidth(int bits) {
    if (bits < 1 || bits > 64) {
      throw new IllegalArgumentException(bits + " bits outside 1-64");
    }
    return bits < 8 ? 1 : bits <= 16 ? 2 : bits <= 32 ? 4 : 8;
  }

  static int bitfieldMarker(int widthBytes) {
    return switch (widthBytes) {
      case 2 -> 0xfd;
      case 4 -> 0xfe;
      default -> 0xff;
    };
  }

  private static void checkUint(long value) {
    if (value < 0 || value > CompactReader.MAX_UINT) {
      throw new IllegalArgumentException(value + " outside 0 to 2^53 - 1");
    }
  }

  private static long toZigZag(long value) {
    if (value < -(1L << 52) || value >= 1L << 52) {
      throw new IllegalArgumentException(value + " outside -(2^52) to 2^52 - 1");
    }
    return (value << 1) ^ (value >> 63);
  }

  private CompactWriter littleEndian(long value, int width) {
    reserve(width);
    for (int i = 0; i < width; i++) {
      array[position++] = (byte) (value >>> (8 * i));
    }
    return this;
  }

  private CompactWriter bigEndian(long value, int width) {
    return littleEndian(Long.reverseBytes(value) >>> (64 - 8 * width), width);
  }

  private void reserve(int bytes) {
    if (array.length - position < bytes) {
      array = Arrays.copyOf(array, Math.max(Math.addExact(position, bytes), array.length * 2));
    }
  }
}
