package org.peerstead.crdt.wire;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes a run-length encoded column of UTF-8 strings in canonical form. */
public final class StringRleEncoder {
  private final ByteWriter out = new ByteWriter(32);
  private final List<byte[]> literals = new ArrayList<>();
  private byte @Nullable [] current;
  private long repeats;
  private long nulls;
  private boolean hasValues;
  private boolean isFinished;

  public void reset() {
    out.clear();
    literals.clear();
    current = null;
    repeats = 0;
    nulls = 0;
    hasValues = false;
    isFinished = false;
  }

  /**
   * Appends UTF-8 bytes, which must not change until the column is finished; null is a null row.
   */
  public void append(byte @Nullable [] value) {
    if (value == null) {
      if (nulls == 0) {
        settleCurrent();
        flushLiterals();
      }
      nulls++;
      return;
    }
    hasValues = true;
    if (nulls > 0) {
      flushNulls();
    }
    if (repeats > 0 && (current == value || Arrays.equals(current, value))) {
      repeats++;
      return;
    }
    settleCurrent();
    current = value;
    repeats = 1;
  }

  private void settleCurrent() {
    byte[] value = current;
    if (value != null && repeats == 1) {
      literals.add(value);
    } else if (value != null && repeats > 1) {
      flushLiterals();
      out.writeSleb(repeats);
      out.writeLengthPrefixed(value);
    }
    repeats = 0;
    current = null;
  }

  private void flushLiterals() {
    if (!literals.isEmpty()) {
      out.writeSleb(-literals.size());
      for (byte[] literal : literals) {
        out.writeLengthPrefixed(literal);
      }
      literals.clear();
    }
  }

  private void flushNulls() {
    out.writeByte(0);
    out.writeUleb(nulls);
    nulls = 0;
  }

  public boolean hasValues() {
    return hasValues;
  }

  public ByteWriter finish() {
    if (!isFinished) {
      isFinished = true;
      settleCurrent();
      flushLiterals();
      if (nulls > 0) {
        flushNulls();
      }
    }
    return out;
  }
}
