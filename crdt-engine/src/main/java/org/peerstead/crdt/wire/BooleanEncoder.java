package org.peerstead.crdt.wire;

/** Writes a boolean column. */
public final class BooleanEncoder {
  private final ByteWriter out = new ByteWriter(16);
  private boolean current;
  private boolean hasTrue;
  private long run;
  private boolean isFinished;

  public void reset() {
    out.clear();
    current = false;
    hasTrue = false;
    run = 0;
    isFinished = false;
  }

  public void append(boolean value) {
    if (value != current) {
      out.writeUleb(run);
      run = 0;
      current = value;
    }
    hasTrue |= value;
    run++;
  }

  public boolean hasTrue() {
    return hasTrue;
  }

  public ByteWriter finish() {
    if (!isFinished) {
      isFinished = true;
      if (run > 0) {
        out.writeUleb(run);
      }
    }
    return out;
  }
}
