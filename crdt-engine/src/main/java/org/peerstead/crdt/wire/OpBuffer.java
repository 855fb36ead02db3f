package org.peerstead.crdt.wire;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Decoded operations of one or more changes before they are applied: parallel arrays, ids still in
 * the actor numbering of their change. Grows to the largest batch and is then reused.
 */
public final class OpBuffer {
  /** Marks the root object or the head of a sequence in an id field. */
  public static final long NO_ID = 0;

  private int size;
  private int predSize;
  private long[] object = new long[16];
  private long[] keyId = new long[16];
  private @Nullable String[] keyText = new String[16];
  private @Nullable String[] markName = new String[16];
  private byte[] action = new byte[16];
  private boolean[] insert = new boolean[16];
  private boolean[] expand = new boolean[16];
  private int[] valueMeta = new int[16];
  private int[] valueOffset = new int[16];
  private int[] predStart = new int[17];
  private long[] preds = new long[16];

  public int size() {
    return size;
  }

  /** Drops everything from operation {@code newSize} on. */
  public void truncate(int newSize) {
    Arrays.fill(keyText, newSize, size, null);
    Arrays.fill(markName, newSize, size, null);
    size = newSize;
    predSize = predStart[newSize];
  }

  /**
   * Appends an operation; ids are packed counter and change-local actor, {@link #NO_ID} for root
   * and head.
   */
  public void append(
      long objectId,
      long key,
      @Nullable String text,
      int actionCode,
      boolean isInsert,
      boolean isExpand,
      int meta,
      int offset,
      @Nullable String mark) {
    if (size == object.length) {
      int capacity = size * 2;
      object = Arrays.copyOf(object, capacity);
      keyId = Arrays.copyOf(keyId, capacity);
      keyText = Arrays.copyOf(keyText, capacity);
      markName = Arrays.copyOf(markName, capacity);
      action = Arrays.copyOf(action, capacity);
      insert = Arrays.copyOf(insert, capacity);
      expand = Arrays.copyOf(expand, capacity);
      valueMeta = Arrays.copyOf(valueMeta, capacity);
      valueOffset = Arrays.copyOf(valueOffset, capacity);
      predStart = Arrays.copyOf(predStart, capacity + 1);
    }
    object[size] = objectId;
    keyId[size] = key;
    keyText[size] = text;
    markName[size] = mark;
    action[size] = (byte) actionCode;
    insert[size] = isInsert;
    expand[size] = isExpand;
    valueMeta[size] = meta;
    valueOffset[size] = offset;
    size++;
    predStart[size] = predSize;
  }

  /** Appends a predecessor of the operation appended last. */
  public void appendPred(long id) {
    if (predSize == preds.length) {
      preds = Arrays.copyOf(preds, predSize * 2);
    }
    preds[predSize++] = id;
    predStart[size] = predSize;
  }

  public int predTotal() {
    return predSize;
  }

  public long object(int i) {
    return object[i];
  }

  public long keyId(int i) {
    return keyId[i];
  }

  public @Nullable String keyText(int i) {
    return keyText[i];
  }

  public @Nullable String markName(int i) {
    return markName[i];
  }

  public int action(int i) {
    return action[i];
  }

  public boolean isInsert(int i) {
    return insert[i];
  }

  public boolean isExpand(int i) {
    return expand[i];
  }

  public int valueMeta(int i) {
    return valueMeta[i];
  }

  public int valueOffset(int i) {
    return valueOffset[i];
  }

  public int predStart(int i) {
    return predStart[i];
  }

  public int predEnd(int i) {
    return predStart[i + 1];
  }

  public long pred(int index) {
    return preds[index];
  }
}
