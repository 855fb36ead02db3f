package org.peerstead.crdt.wire;

/**
 * The operation columns of a change of one operation with at most one predecessor: what a person
 * types. Each column holds one value, so nothing has to be gathered and run-length encoded; the
 * bytes are those that {@link ChangeColumns} would write. Reusable through {@link #reset()}; not
 * thread-safe.
 */
public final class SingleOpColumns {
  /** Header of a literal run of one value. */
  static final int ONE_LITERAL = 0x7F;

  private final ByteWriter data = new ByteWriter(64);
  private final int[] specs = new int[12];
  private final int[] ends = new int[12];
  private int count;

  public void reset() {
    data.clear();
    count = 0;
  }

  public void object(int actor, long counter) {
    number(ColumnSpec.OBJECT_ACTOR, actor);
    number(ColumnSpec.OBJECT_COUNTER, counter);
  }

  /** A map key in UTF-8. */
  public void stringKey(byte[] key) {
    data.writeByte(ONE_LITERAL);
    data.writeLengthPrefixed(key);
    end(ColumnSpec.KEY_STRING);
  }

  public void headKey() {
    delta(ColumnSpec.KEY_COUNTER, 0);
  }

  public void elementKey(int actor, long counter) {
    number(ColumnSpec.KEY_ACTOR, actor);
    delta(ColumnSpec.KEY_COUNTER, counter);
  }

  /** The other fields but value bytes and predecessor; follows the key. */
  public void operation(int actionCode, boolean isInsert, int meta) {
    if (isInsert) {
      data.writeByte(0);
    }
    data.writeByte(1);
    end(ColumnSpec.INSERT);
    number(ColumnSpec.ACTION, actionCode);
    number(ColumnSpec.VALUE_META, Integer.toUnsignedLong(meta));
  }

  /** Where the value's bytes, at least one, are appended; {@link #valueEnd} must follow. */
  public ByteWriter value() {
    return data;
  }

  public void valueEnd() {
    end(ColumnSpec.VALUE);
  }

  public void noPred() {
    number(ColumnSpec.PRED_GROUP, 0);
  }

  public void pred(int actor, long counter) {
    number(ColumnSpec.PRED_GROUP, 1);
    number(ColumnSpec.PRED_ACTOR, actor);
    delta(ColumnSpec.PRED_COUNTER, counter);
  }

  /** Writes metadata and data. */
  public void writeTo(ByteWriter body) {
    body.writeUleb(count);
    int start = 0;
    for (int i = 0; i < count; i++) {
      body.writeUleb(specs[i]);
      body.writeUleb(ends[i] - start);
      start = ends[i];
    }
    body.write(data);
  }

  private void number(int spec, long value) {
    data.writeByte(ONE_LITERAL);
    data.writeUleb(value);
    end(spec);
  }

  private void delta(int spec, long value) {
    data.writeByte(ONE_LITERAL);
    data.writeSleb(value);
    end(spec);
  }

  private void end(int spec) {
    specs[count] = spec;
    ends[count++] = data.size();
  }
}
