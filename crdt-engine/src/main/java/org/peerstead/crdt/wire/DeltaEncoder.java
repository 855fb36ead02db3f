package org.peerstead.crdt.wire;

/** Writes a delta column; nulls leave the running value alone. */
public final class DeltaEncoder {
  private final UintRleEncoder deltas = new UintRleEncoder(true);
  private long previous;

  public void reset() {
    deltas.reset();
    previous = 0;
  }

  public void append(long value) {
    deltas.append(value - previous);
    previous = value;
  }

  public void appendNull() {
    deltas.appendNull();
  }

  public boolean hasValues() {
    return deltas.hasValues();
  }

  public ByteWriter finish() {
    return deltas.finish();
  }
}
