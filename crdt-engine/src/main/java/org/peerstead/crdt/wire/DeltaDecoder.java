package org.peerstead.crdt.wire;

import org.peerstead.crdt.AutomergeFormatException;

/**
 * Reads a delta column: run-length encoded differences to the previous non-null value, which starts
 * at 0.
 */
public final class DeltaDecoder {
  private final UintRleDecoder deltas;
  private long value;

  public DeltaDecoder(String name) {
    deltas = new UintRleDecoder(name, true);
  }

  public void reset(byte[] bytes, int offset, int end) {
    deltas.reset(bytes, offset, end);
    value = 0;
  }

  public boolean isAbsent() {
    return deltas.isAbsent();
  }

  public boolean isDone() {
    return deltas.isDone();
  }

  /**
   * Reads the next row; false means null. Sums wrap at 64 bits; callers check the range they need.
   */
  public boolean next() throws AutomergeFormatException {
    if (deltas.next()) {
      value += deltas.value();
      return true;
    }
    return false;
  }

  public boolean isNull() {
    return deltas.isNull();
  }

  public long value() {
    return value;
  }
}
