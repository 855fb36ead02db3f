package org.peerstead.crdt.wire;

import org.jspecify.annotations.Nullable;

/**
 * The operation columns of a change chunk while they are being written: per operation first the
 * fields, in any order, then its predecessors. Reusable through {@link #reset()}; not thread-safe.
 */
public final class ChangeColumns {
  private final UintRleEncoder objectActor = new UintRleEncoder();
  private final UintRleEncoder objectCounter = new UintRleEncoder();
  private final UintRleEncoder keyActor = new UintRleEncoder();
  private final DeltaEncoder keyCounter = new DeltaEncoder();
  private final StringRleEncoder keyString = new StringRleEncoder();
  private final BooleanEncoder insert = new BooleanEncoder();
  private final UintRleEncoder action = new UintRleEncoder();
  private final UintRleEncoder valueMeta = new UintRleEncoder();
  private final ByteWriter value = new ByteWriter();
  private final UintRleEncoder predGroup = new UintRleEncoder();
  private final UintRleEncoder predActor = new UintRleEncoder();
  private final DeltaEncoder predCounter = new DeltaEncoder();
  private final BooleanEncoder expand = new BooleanEncoder();
  private final StringRleEncoder markName = new StringRleEncoder();
  private final int[] specs = new int[16];
  private final ByteWriter[] columns = new ByteWriter[16];
  private int columnCount;
  private int rows;

  public void reset() {
    objectActor.reset();
    objectCounter.reset();
    keyActor.reset();
    keyCounter.reset();
    keyString.reset();
    insert.reset();
    action.reset();
    valueMeta.reset();
    value.clear();
    predGroup.reset();
    predActor.reset();
    predCounter.reset();
    expand.reset();
    markName.reset();
    rows = 0;
  }

  public void rootObject() {
    objectActor.appendNull();
    objectCounter.appendNull();
  }

  public void object(int actor, long counter) {
    objectActor.append(actor);
    objectCounter.append(counter);
  }

  /** A map key in UTF-8. */
  public void stringKey(byte[] key) {
    keyActor.appendNull();
    keyCounter.appendNull();
    keyString.append(key);
  }

  public void headKey() {
    keyActor.appendNull();
    keyCounter.append(0);
    keyString.append(null);
  }

  public void elementKey(int actor, long counter) {
    keyActor.append(actor);
    keyCounter.append(counter);
    keyString.append(null);
  }

  /** The other fields of an operation but its value bytes, which go to {@link #value()}. */
  public void operation(
      int actionCode,
      boolean isInsert,
      int meta,
      boolean isExpand,
      byte @Nullable [] mark,
      int predCount) {
    insert.append(isInsert);
    action.append(actionCode);
    valueMeta.append(Integer.toUnsignedLong(meta));
    predGroup.append(predCount);
    expand.append(isExpand);
    markName.append(mark);
    rows++;
  }

  /** Where value bytes are appended. */
  public ByteWriter value() {
    return value;
  }

  public void pred(int actor, long counter) {
    predActor.append(actor);
    predCounter.append(counter);
  }

  /** Writes metadata and data; columns that say nothing are left out. */
  public void writeTo(ByteWriter body) {
    columnCount = 0;
    if (rows > 0) {
      gather();
    }
    body.writeUleb(columnCount);
    for (int i = 0; i < columnCount; i++) {
      body.writeUleb(specs[i]);
      body.writeUleb(columns[i].size());
    }
    for (int i = 0; i < columnCount; i++) {
      body.write(columns[i]);
    }
  }

  private void gather() {
    if (objectActor.hasValues()) {
      add(ColumnSpec.OBJECT_ACTOR, objectActor.finish());
      add(ColumnSpec.OBJECT_COUNTER, objectCounter.finish());
    }
    if (keyActor.hasValues()) {
      add(ColumnSpec.KEY_ACTOR, keyActor.finish());
    }
    if (keyCounter.hasValues()) {
      add(ColumnSpec.KEY_COUNTER, keyCounter.finish());
    }
    if (keyString.hasValues()) {
      add(ColumnSpec.KEY_STRING, keyString.finish());
    }
    add(ColumnSpec.INSERT, insert.finish());
    add(ColumnSpec.ACTION, action.finish());
    add(ColumnSpec.VALUE_META, valueMeta.finish());
    if (value.size() > 0) {
      add(ColumnSpec.VALUE, value);
    }
    add(ColumnSpec.PRED_GROUP, predGroup.finish());
    if (predActor.hasValues()) {
      add(ColumnSpec.PRED_ACTOR, predActor.finish());
      add(ColumnSpec.PRED_COUNTER, predCounter.finish());
    }
    if (expand.hasTrue()) {
      add(ColumnSpec.EXPAND, expand.finish());
    }
    if (markName.hasValues()) {
      add(ColumnSpec.MARK_NAME, markName.finish());
    }
  }

  private void add(int spec, ByteWriter column) {
    specs[columnCount] = spec;
    columns[columnCount++] = column;
  }
}
