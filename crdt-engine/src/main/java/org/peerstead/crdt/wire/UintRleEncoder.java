package org.peerstead.crdt.wire;

import java.util.Arrays;

/**
 * Writes a run-length encoded column of numbers in canonical form. Reusable through {@link
 * #reset()}; not thread-safe.
 */
public final class UintRleEncoder {
  private final ByteWriter out = new ByteWriter(16);
  private final boolean isSigned;
  private long[] literals = new long[8];
  private int literalCount;
  private long current;
  private long repeats;
  private long nulls;
  private boolean hasValues;
  private boolean isFinished;

  public UintRleEncoder() {
    this(false);
  }

  UintRleEncoder(boolean isSigned) {
    this.isSigned = isSigned;
  }

  public void reset() {
    out.clear();
    literalCount = 0;
    repeats = 0;
    nulls = 0;
    hasValues = false;
    isFinished = false;
  }

  public void append(long value) {
    hasValues = true;
    if (nulls > 0) {
      flushNulls();
    }
    if (repeats > 0 && current == value) {
      repeats++;
      return;
    }
    settleCurrent();
    current = value;
    repeats = 1;
  }

  public void appendNull() {
    if (nulls == 0) {
      settleCurrent();
      flushLiterals();
    }
    nulls++;
  }

  /** Moves the pending value into a repeat run or the literal run that is being gathered. */
  private void settleCurrent() {
    if (repeats == 1) {
      if (literalCount == literals.length) {
        literals = Arrays.copyOf(literals, literalCount * 2);
      }
      literals[literalCount++] = current;
    } else if (repeats > 1) {
      flushLiterals();
      out.writeSleb(repeats);
      writeValue(current);
    }
    repeats = 0;
  }

  private void flushLiterals() {
    if (literalCount > 0) {
      out.writeSleb(-literalCount);
      for (int i = 0; i < literalCount; i++) {
        writeValue(literals[i]);
      }
      literalCount = 0;
    }
  }

  private void flushNulls() {
    out.writeByte(0);
    out.writeUleb(nulls);
    nulls = 0;
  }

  private void writeValue(long value) {
    if (isSigned) {
      out.writeSleb(value);
    } else {
      out.writeUleb(value);
    }
  }

  /** True when at least one value that is not null was appended. */
  public boolean hasValues() {
    return hasValues;
  }

  /** Ends the column and returns its bytes; they stay valid until {@link #reset()}. */
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
