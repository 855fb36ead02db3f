package org.peerstead.crdt.model;

/** A value without inner structure. Type codes are those of the value metadata column. */
public sealed interface ScalarValue extends Value {
  /** Type code 0. */
  record Null() implements ScalarValue {
    public static final Null NULL = new Null();
  }

  /** Type codes 1 (false) and 2 (true). */
  record Bool(boolean value) implements ScalarValue {}

  /** Type code 3: an unsigned 64-bit integer, carried in the bits of a {@code long}. */
  record Uint(long value) implements ScalarValue {
    @Override
    public String toString() {
      return "Uint[value=" + Long.toUnsignedString(value) + "]";
    }
  }

  /** Type code 4: a signed 64-bit integer. */
  record Int(long value) implements ScalarValue {}

  /** Type code 5: an IEEE 754 double; two values are equal when their bits are. */
  record F64(double value) implements ScalarValue {}

  /** Type code 6: a string that is replaced as a whole (text that merges is an object). */
  record Str(String value) implements ScalarValue {}

  /** Type code 7. */
  record Binary(Bytes value) implements ScalarValue {}

  /** Type code 8: the value a counter has after every visible increment. */
  record Counter(long value) implements ScalarValue {}

  /** Type code 9: milliseconds since 1970-01-01T00:00:00Z. */
  record Timestamp(long millis) implements ScalarValue {}

  /** Type codes 10 to 15: kept and written back as they are. */
  record Unknown(int typeCode, Bytes value) implements ScalarValue {
    public Unknown {
      if (typeCode < 10 || typeCode > 15) {
        throw new IllegalArgumentException(
            "unknown value types have codes 10 to 15, not " + typeCode);
      }
    }
  }
}
