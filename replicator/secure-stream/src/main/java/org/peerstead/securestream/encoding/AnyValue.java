package org.peerstead.securestream.encoding;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A self-describing value, encoding {@code any}: {@code uint} type, then the value. Immutable.
 *
 * <pre>
 * type  0 null  1 bool  2 string  3 buffer  4 uint  5 int (negative)  6 float64
 *       7 array: uint count, values   8 object: uint count, (string key, value)*   9 date: int ms
 * </pre>
 */
public sealed interface AnyValue {
  /** Arrays and objects may contain each other this deep; npm knows no bound. */
  int MAX_DEPTH = 32;

  /** Type 0. */
  record NullValue() implements AnyValue {}

  /** Type 1. */
  record BoolValue(boolean value) implements AnyValue {}

  /** Type 2. */
  record StringValue(String value) implements AnyValue {}

  /** Type 3. */
  record BufferValue(Slice value) implements AnyValue {}

  /** Types 4 and 5, -(2^52) to 2^53 - 1. */
  record IntegerValue(long value) implements AnyValue {}

  /** Type 6. */
  record FloatValue(double value) implements AnyValue {}

  /** Type 7, up to {@link CompactReader#MAX_ITEMS} items. */
  record ArrayValue(List<AnyValue> items) implements AnyValue {
    /** Takes a copy. */
    public ArrayValue {
      items = List.copyOf(items);
    }
  }

  /** Type 8, in the order of the bytes; of equal keys the last one counts, as in JavaScript. */
  record ObjectValue(Map<String, AnyValue> fields) implements AnyValue {
    /** Takes a copy that keeps the order. */
    public ObjectValue {
      fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }
  }

  /** Type 9, milliseconds since 1970. */
  record DateValue(long millis) implements AnyValue {}
}
