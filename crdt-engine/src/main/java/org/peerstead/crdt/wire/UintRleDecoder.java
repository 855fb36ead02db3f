package org.peerstead.crdt.wire;

import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.AutomergeFormatException.Reason;

/**
 * Reads a run-length encoded column of numbers, unsigned or signed, one row at a time. Refuses
 * every encoding the writer would not have produced. A decoder over an absent column yields nulls
 * without end.
 *
 * <p>Layout: repeat { sLEB n; n &gt; 0: one value, n times; n &lt; 0: -n literal values; n = 0:
 * uLEB count of nulls }.
 */
public final class UintRleDecoder {
  private static final int NONE = 0;
  private static final int RUN = 1;
  private static final int LITERAL = 2;
  private static final int NULLS = 3;

  private final ByteReader in = new ByteReader(new byte[0]);
  private final String name;
  private final boolean isSigned;
  private boolean isAbsent = true;
  private int state;
  private long left;
  private long value;
  private boolean hasPrevious;
  private boolean isNull;

  public UintRleDecoder(String name) {
    this(name, false);
  }

  UintRleDecoder(String name, boolean isSigned) {
    this.name = name;
    this.isSigned = isSigned;
  }

  /**
   * Starts over on the bytes from {@code offset} to {@code end}; an empty range is an absent
   * column.
   */
  public void reset(byte[] bytes, int offset, int end) {
    in.reset(bytes, offset, end);
    isAbsent = offset >= end;
    state = NONE;
    left = 0;
    hasPrevious = false;
    isNull = true;
  }

  public boolean isAbsent() {
    return isAbsent;
  }

  /** True when every row has been read. */
  public boolean isDone() {
    return left == 0 && in.isAtEnd();
  }

  /** Reads the next row; false means null. */
  public boolean next() throws AutomergeFormatException {
    if (isAbsent) {
      isNull = true;
      return false;
    }
    if (left == 0) {
      readHeader();
    }
    left--;
    if (state == NULLS) {
      isNull = true;
      return false;
    }
    if (state == LITERAL) {
      long literal = isSigned ? in.readSleb() : in.readUleb();
      if (hasPrevious && literal == value) {
        throw bad("equal neighbours in a literal run");
      }
      value = literal;
      hasPrevious = true;
    }
    isNull = false;
    return true;
  }

  /** The row just read; meaningless after a null. */
  public long value() {
    return value;
  }

  public boolean isNull() {
    return isNull;
  }

  private void readHeader() throws AutomergeFormatException {
    if (in.isAtEnd()) {
      throw bad("too few rows");
    }
    long header = in.readSleb();
    if (header > 0) {
      if (header == 1) {
        throw bad("a repeat run of one");
      }
      long repeated = isSigned ? in.readSleb() : in.readUleb();
      if (hasPrevious && repeated == value) {
        throw bad("a run that continues the one before");
      }
      value = repeated;
      hasPrevious = true;
      state = RUN;
      left = header;
    } else if (header < 0) {
      if (header == Long.MIN_VALUE) {
        throw bad("an impossible literal run");
      }
      if (state == LITERAL) {
        throw bad("two literal runs in a row");
      }
      state = LITERAL;
      left = -header;
    } else {
      long count = in.readUleb();
      if (count <= 0) {
        throw bad(count == 0 ? "an empty run of nulls" : "an impossible run of nulls");
      }
      if (state == NULLS) {
        throw bad("two runs of nulls in a row");
      }
      state = NULLS;
      left = count;
      hasPrevious = false;
    }
  }

  private AutomergeFormatException bad(String what) {
    return new AutomergeFormatException(Reason.BAD_COLUMN_DATA, "column " + name + ": " + what);
  }
}
