package org.peerstead.securestream.encoding;

import static org.peerstead.securestream.encoding.EncodingException.Reason;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads compact-encoding values one after another from part of an array. Nothing is copied except
 * by {@link #fixed32} and {@link #string}: slices look into the array that was given.
 *
 * <p>Every method throws {@link EncodingException} with reason {@code TRUNCATED} when the input
 * ends too early; then, and after any other failure, the position is unspecified. Numbers written
 * in more bytes than needed are accepted, as npm does.
 *
 * <p>Not thread-safe.
 */
public final class CompactReader {
  /** Largest number that {@code uint} and {@code uint64} may carry: 2^53 - 1. */
  public static final long MAX_UINT = (1L << 53) - 1;

  /** Largest number of items in an array: 2^20, the bound of npm. */
  public static final int MAX_ITEMS = 0x100000;

  private final byte[] array;
  private final int end;
  private int position;

  /** Reads one item of an array. */
  @FunctionalInterface
  public interface ItemReader<T> {
    /** Reads one item from {@code reader}, leaving it behind the item. */
    T read(CompactReader reader) throws EncodingException;
  }

  /**
   * A reader of {@code length} bytes of {@code array} from {@code offset}.
   *
   * @throws IndexOutOfBoundsException when they are not all inside the array
   */
  public CompactReader(byte[] array, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, array.length);
    this.array = array;
    this.position = offset;
    this.end = offset + length;
  }

  /** Number of bytes that are left. */
  public int remaining() {
    return end - position;
  }

  /** Whether bytes are left. */
  public boolean hasRemaining() {
    return position < end;
  }

  /**
   * Checks that the message ends here. Not for messages that newer peers may extend.
   *
   * @throws EncodingException with {@code LEFTOVER} when bytes are left
   */
  public void expectEnd() throws EncodingException {
    if (position < end) {
      throw new EncodingException(Reason.LEFTOVER, remaining() + " bytes after the message");
    }
  }

  /** {@code uint}: 0 to 2^53 - 1 in 1, 3, 5 or 9 bytes. */
  public long uint() throws EncodingException {
    int first = uint8();
    return switch (first) {
      case 0xfd -> littleEndian(2);
      case 0xfe -> littleEndian(4);
      case 0xff -> uint64();
      default -> first;
    };
  }

  /**
   * {@code uint} that must not exceed {@code max}, which fits an {@code int}: a length, count or
   * channel number.
   *
   * @throws EncodingException with {@code LIMIT_EXCEEDED} when it does
   */
  public int uint(int max) throws EncodingException {
    long value = uint();
    if (value > max) {
      throw new EncodingException(Reason.LIMIT_EXCEEDED, "number " + value + " above " + max);
    }
    return (int) value;
  }

  /** {@code int}: zig-zag, -(2^52) to 2^52 - 1. */
  public long zigZag() throws EncodingException {
    return unZigZag(uint());
  }

  /** {@code uint8}: 0 to 255. */
  public int uint8() throws EncodingException {
    require(1);
    return array[position++] & 0xff;
  }

  /** {@code uint16}: 0 to 65535. */
  public int uint16() throws EncodingException {
    return (int) littleEndian(2);
  }

  /** {@code uint24}: 0 to 2^24 - 1. */
  public int uint24() throws EncodingException {
    return (int) littleEndian(3);
  }

  /** {@code uint32}: 0 to 2^32 - 1. */
  public long uint32() throws EncodingException {
    return littleEndian(4);
  }

  /** {@code uint64}: 0 to 2^53 - 1 in 8 bytes. */
  public long uint64() throws EncodingException {
    return checked(littleEndian(8));
  }

  /**
   * {@code uint8} to {@code uint64} by width.
   *
   * @param widthBytes 1 to 8
   */
  public long fixedUint(int widthBytes) throws EncodingException {
    return checked(littleEndian(widthBytes));
  }

  /**
   * {@code int8} to {@code int64} by width: zig-zag of the unsigned number.
   *
   * @param widthBytes 1 to 8
   */
  public long fixedZigZag(int widthBytes) throws EncodingException {
    return unZigZag(fixedUint(widthBytes));
  }

  /** {@code uint32be}: 0 to 2^32 - 1, big endian. */
  public long uint32Be() throws EncodingException {
    return bigEndian(4);
  }

  /** {@code uint64be}: 0 to 2^53 - 1, big endian. */
  public long uint64Be() throws EncodingException {
    return checked(bigEndian(8));
  }

  /** {@code biguint64}: all 64 bits, to be read as unsigned. */
  public long bigUint64() throws EncodingException {
    return littleEndian(8);
  }

  /** {@code bigint64}: zig-zag of 64 bits. */
  public long bigInt64() throws EncodingException {
    long encoded = littleEndian(8);
    return (encoded >>> 1) ^ -(encoded & 1);
  }

  /**
   * {@code biguint}: {@code uint} number of 64-bit words, least significant first.
   *
   * @param maxWords 0 or more
   */
  public BigInteger bigUint(int maxWords) throws EncodingException {
    int words = uint(maxWords);
    requireLong(8L * words);
    byte[] bigEndian = new byte[8 * words];
    for (int i = 0; i < bigEndian.length; i++) {
      bigEndian[bigEndian.length - 1 - i] = array[position++];
    }
    return new BigInteger(1, bigEndian);
  }

  /** {@code lexint}: sorts as bytes the way it sorts as a number; 0 to 2^32 + 250. */
  public long lexint() throws EncodingException {
    int first = uint8();
    if (first < 251) {
      return first;
    }
    if (first == 255) {
      throw new EncodingException(Reason.UNKNOWN_TYPE, "lexint marker ff");
    }
    return bigEndian(first - 250) + 251;
  }

  /** {@code float32}. */
  public float float32() throws EncodingException {
    return Float.intBitsToFloat((int) littleEndian(4));
  }

  /** {@code float64}. */
  public double float64() throws EncodingException {
    return Double.longBitsToDouble(littleEndian(8));
  }

  /** {@code bool}: true only if the byte is exactly 1. */
  public boolean bool() throws EncodingException {
    return uint8() == 1;
  }

  /**
   * {@code buffer}: {@code uint} length, then that many bytes.
   *
   * @param maxBytes limit of the length
   */
  public Slice buffer(int maxBytes) throws EncodingException {
    return fixed(uint(maxBytes));
  }

  /** {@code buffer} where a length of 0 means absent. */
  public @Nullable Slice optionalBuffer(int maxBytes) throws EncodingException {
    Slice bytes = buffer(maxBytes);
    return bytes.isEmpty() ? null : bytes;
  }

  /**
   * {@code string}: {@code uint} length in bytes, then UTF-8. Differs from compact-encoding 3.5.2:
   * malformed UTF-8 is refused instead of replaced, because the replaced string is another one.
   *
   * @param maxBytes limit of the length in bytes
   */
  public String string(int maxBytes) throws EncodingException {
    int length = uint(maxBytes);
    require(length);
    ByteBuffer bytes = ByteBuffer.wrap(array, position, length);
    position += length;
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new EncodingException(
          Reason.BAD_UTF8, "string of " + length + " bytes is not UTF-8: " + e.getMessage());
    }
  }

  /**
   * {@code fixed(n)}: raw bytes without a length.
   *
   * @param length 0 or more
   */
  public Slice fixed(int length) throws EncodingException {
    require(length);
    Slice slice = Slice.of(array, position, length);
    position += length;
    return slice;
  }

  /** {@code fixed32}, copied. */
  public Fixed32 fixed32() throws EncodingException {
    require(Fixed32.SIZE);
    Fixed32 value = Fixed32.of(array, position);
    position += Fixed32.SIZE;
    return value;
  }

  /** {@code raw}: everything that is left. */
  public Slice raw() {
    Slice slice = Slice.of(array, position, end - position);
    position = end;
    return slice;
  }

  /**
   * {@code array(x)}: {@code uint} count, then the items.
   *
   * @param maxItems limit of the count, at most {@link #MAX_ITEMS}
   */
  public <T> List<T> array(int maxItems, ItemReader<T> item) throws EncodingException {
    int count = uint(Math.min(maxItems, MAX_ITEMS));
    // Items take at least a byte each in every encoding we use; a lying count allocates nothing.
    List<T> items = new ArrayList<>(Math.min(count, remaining()));
    for (int i = 0; i < count; i++) {
      items.add(item.read(this));
    }
    return items;
  }

  /**
   * {@code uint32array}: {@code uint} number of words, then the words.
   *
   * @param maxWords limit of the count
   */
  public int[] uint32Array(int maxWords) throws EncodingException {
    int count = uint(maxWords);
    requireLong(4L * count);
    int[] words = new int[count];
    for (int i = 0; i < count; i++) {
      words[i] = (int) littleEndian(4);
    }
    return words;
  }

  /**
   * {@code bitarray}: {@code uint} number of bits, then the bytes; bit i is bit {@code i & 7} of
   * byte {@code i >> 3}.
   *
   * @param maxBits limit of the count
   */
  public boolean[] bitArray(int maxBits) throws EncodingException {
    int count = uint(maxBits);
    int bytes = (int) ((count + 7L) >>> 3);
    require(bytes);
    boolean[] bits = new boolean[count];
    for (int i = 0; i < count; i++) {
      bits[i] = (array[position + (i >> 3)] >> (i & 7) & 1) == 1;
    }
    position += bytes;
    return bits;
  }

  /**
   * {@code bitfield(n)}: 1 byte below 8 bits, else a marker as in {@code uint} and 2, 4 or 8 bytes.
   *
   * @param bits declared number of bits, 1 to 64; decides the width
   * @return the bits, bit 0 is the first flag
   */
  public long bitfield(int bits) throws EncodingException {
    int width = CompactWriter.bitfieldWidth(bits);
    if (width > 1) {
      int marker = uint8();
      if (marker != CompactWriter.bitfieldMarker(width)) {
        throw new EncodingException(
            Reason.UNKNOWN_TYPE, "marker " + marker + " before a bitfield of " + bits + " bits");
      }
    }
    return littleEndian(width);
  }

  /**
   * {@code frame(x)}: {@code uint} length, then a message of that length.
   *
   * @param maxBytes limit of the length
   * @return a reader of the message; this reader is already behind it
   */
  public CompactReader frame(int maxBytes) throws EncodingException {
    int length = uint(maxBytes);
    require(length);
    CompactReader inner = new CompactReader(array, position, length);
    position += length;
    return inner;
  }

  /** {@code date}: milliseconds since 1970. */
  public long dateMillis() throws EncodingException {
    return zigZag();
  }

  /** {@code ipv4Address}: 4 bytes, then the port. */
  public Endpoint ipv4Address() throws EncodingException {
    return new Endpoint(fixed(4), uint16());
  }

  /** {@code ipv6Address}: 16 bytes, then the port. */
  public Endpoint ipv6Address() throws EncodingException {
    return new Endpoint(fixed(16), uint16());
  }

  /** {@code any}: nested at most {@link AnyValue#MAX_DEPTH} deep. */
  public AnyValue any() throws EncodingException {
    return any(0);
  }

  private AnyValue any(int depth) throws EncodingException {
    if (depth > AnyValue.MAX_DEPTH) {
      throw new EncodingException(Reason.TOO_DEEP, "nested deeper than " + AnyValue.MAX_DEPTH);
    }
    int type = uint(Integer.MAX_VALUE);
    return switch (type) {
      case 0 -> new AnyValue.NullValue();
      case 1 -> new AnyValue.BoolValue(bool());
      case 2 -> new AnyValue.StringValue(string(Integer.MAX_VALUE));
      case 3 -> new AnyValue.BufferValue(buffer(Integer.MAX_VALUE));
      case 4 -> new AnyValue.IntegerValue(uint());
      case 5 -> new AnyValue.IntegerValue(zigZag());
      case 6 -> new AnyValue.FloatValue(float64());
      case 7 -> new AnyValue.ArrayValue(array(MAX_ITEMS, reader -> reader.any(depth + 1)));
      case 8 -> {
        int count = uint(MAX_ITEMS);
        Map<String, AnyValue> fields = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
          fields.put(string(Integer.MAX_VALUE), any(depth + 1));
        }
        yield new AnyValue.ObjectValue(fields);
      }
      case 9 -> new AnyValue.DateValue(dateMillis());
      default -> throw new EncodingException(Reason.UNKNOWN_TYPE, "type " + type + " of any");
    };
  }

  private void require(int bytes) throws EncodingException {
    if (bytes > end - position) {
      throw new EncodingException(
          Reason.TRUNCATED, bytes + " bytes needed where " + remaining() + " are left");
    }
  }

  private void requireLong(long bytes) throws EncodingException {
    require((int) Math.min(bytes, Integer.MAX_VALUE));
  }

  private static long checked(long value) throws EncodingException {
    if (value < 0 || value > MAX_UINT) {
      throw new EncodingException(
          Reason.NUMBER_TOO_LARGE, Long.toUnsignedString(value) + " above 2^53 - 1");
    }
    return value;
  }

  private static long unZigZag(long encoded) {
    return (encoded >>> 1) ^ -(encoded & 1);
  }

  private long littleEndian(int width) throws EncodingException {
    require(width);
    long value = 0;
    for (int i = 0; i < width; i++) {
      value |= (array[position + i] & 0xffL) << (8 * i);
    }
    position += width;
    return value;
  }

  private long bigEndian(int width) throws EncodingException {
    long value = littleEndian(width);
    return Long.reverseBytes(value) >>> (64 - 8 * width);
  }
}
