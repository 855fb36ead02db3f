package org.peerstead.crdt.wire;

import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.AutomergeFormatException.Reason;

/**
 * Reads a boolean column: alternating run lengths, the first of which counts falses. An absent
 * column is all false.
 */
public final class BooleanDecoder {
  private final ByteReader in = new ByteReader(new byte[0]);
  private final String name;
  private boolean isAbsent = true;
  private boolean isFirst;
  private boolean value;
  private long left;

  public BooleanDecoder(String name) {
    this.name = name;
  }

  public void reset(byte[] bytes, int offset, int end) {
    in.reset(bytes, offset, end);
    isAbsent = offset >= end;
    isFirst = true;
    value = true;
    left = 0;
  }

  public boolean isAbsent() {
    return isAbsent;
  }

  public boolean isDone() {
    return left == 0 && in.isAtEnd();
  }

  public boolean next() throws AutomergeFormatException {
    if (isAbsent) {
      return false;
    }
    while (left == 0) {
      if (in.isAtEnd()) {
        throw bad("too few rows");
      }
      left = in.readUleb();
      value = !value;
      if (left < 0 || (left == 0 && (!isFirst || in.isAtEnd()))) {
        throw bad("an empty or impossible run");
      }
      isFirst = false;
    }
    left--;
    return value;
  }

  private AutomergeFormatException bad(String what) {
    return new AutomergeFormatException(Reason.BAD_COLUMN_DATA, "column " + name + ": " + what);
  }
}
