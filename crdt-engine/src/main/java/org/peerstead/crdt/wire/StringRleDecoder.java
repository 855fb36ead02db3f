package org.peerstead.crdt.wire;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.AutomergeFormatException.Reason;

/**
 * Reads a run-length encoded column of UTF-8 strings; same layout and strictness as {@link
 * UintRleDecoder}.
 */
public final class StringRleDecoder {
  private static final int NONE = 0;
  private static final int RUN = 1;
  private static final int LITERAL = 2;
  private static final int NULLS = 3;

  private final ByteReader in = new ByteReader(new byte[0]);
  private final String name;
  private final String lengthName;
  private boolean isAbsent = true;
  private int state;
  private long left;
  private boolean hasPrevious;
  private int start;
  private int length;
  private @Nullable String text;

  public StringRleDecoder(String name) {
    this.name = "column " + name;
    this.lengthName = "string length in column " + name;
  }

  public void reset(byte[] bytes, int offset, int end) {
    in.reset(bytes, offset, end);
    isAbsent = offset >= end;
    state = NONE;
    left = 0;
    hasPrevious = false;
    text = null;
  }

  public boolean isAbsent() {
    return isAbsent;
  }

  public boolean isDone() {
    return left == 0 && in.isAtEnd();
  }

  /** The next row, or null. Rows of one run share one {@code String}. */
  public @Nullable String next() throws AutomergeFormatException {
    if (isAbsent) {
      return null;
    }
    if (left == 0) {
      readHeader();
    }
    left--;
    if (state == NULLS) {
      return null;
    }
    if (state == LITERAL) {
      readValue("equal neighbours in a literal run");
    }
    if (text == null) {
      text = ByteReader.utf8(in.array(), start, length, name);
    }
    return text;
  }

  private void readValue(String complaint) throws AutomergeFormatException {
    int newLength = in.readCount(in.remaining(), lengthName);
    int newStart = in.skip(newLength, name);
    if (hasPrevious
        && Arrays.equals(
            in.array(), newStart, newStart + newLength, in.array(), start, start + length)) {
      throw bad(complaint);
    }
    start = newStart;
    length = newLength;
    hasPrevious = true;
    text = null;
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
      readValue("a run that continues the one before");
      state = RUN;
      left = header;
    } else if (header < 0) {
      if (header == Long.MIN_VALUE || state == LITERAL) {
        throw bad("an impossible literal run");
      }
      state = LITERAL;
      left = -header;
    } else {
      long count = in.readUleb();
      if (count <= 0 || state == NULLS) {
        throw bad("an empty or repeated run of nulls");
      }
      state = NULLS;
      left = count;
      hasPrevious = false;
    }
  }

  private AutomergeFormatException bad(String what) {
    return new AutomergeFormatException(Reason.BAD_COLUMN_DATA, name + ": " + what);
  }
}
