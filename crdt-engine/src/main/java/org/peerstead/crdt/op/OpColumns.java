package org.peerstead.crdt.op;

import java.util.Arrays;

/**
 * One row per operation, in the order of application, in parallel arrays: about 42 bytes a row.
 *
 * <p>A reference to several rows (more than one predecessor or successor) is {@code -2 - n}, where
 * n numbers a list kept aside; -1 is none.
 */
public final class OpColumns {
  public static final int NONE = -1;

  /** The key of an element that is inserted at the start of its sequence. */
  public static final int HEAD = -1;

  private static final int ACTION_MASK = 7;
  private static final int INSERT = 8;
  private static final int EXPAND = 16;
  private static final int STRING_KEY = 32;
  private static final int HIDDEN = 64;

  private int size;
  private long work;
  private long[] id;
  private int[] object;
  private int[] key;
  private byte[] info;
  private int[] valueMeta;
  private long[] value;
  private int[] pred;
  private int[] succ;
  private int[] next;
  private final RowLists lists = new RowLists();
  private byte[] heap = new byte[0];
  private int heapSize;

  public OpColumns(int capacity) {
    id = new long[capacity];
    object = new int[capacity];
    key = new int[capacity];
    info = new byte[capacity];
    valueMeta = new int[capacity];
    value = new long[capacity];
    pred = new int[capacity];
    succ = new int[capacity];
    next = new int[capacity];
  }

  public int size() {
    return size;
  }

  /** Bytes of heap held. */
  public long retainedBytes() {
    return id.length * 45L + heap.length + lists.retainedBytes();
  }

  public void ensureCapacity(int rows) {
    if (rows > id.length) {
      int capacity = Math.max(rows, id.length + (id.length >> 1) + 8);
      id = Arrays.copyOf(id, capacity);
      object = Arrays.copyOf(object, capacity);
      key = Arrays.copyOf(key, capacity);
      info = Arrays.copyOf(info, capacity);
      valueMeta = Arrays.copyOf(valueMeta, capacity);
      value = Arrays.copyOf(value, capacity);
      pred = Arrays.copyOf(pred, capacity);
      succ = Arrays.copyOf(succ, capacity);
      next = Arrays.copyOf(next, capacity);
    }
  }

  /** Appends a row without value, predecessors or successors. */
  public int append(
      long opId,
      int objectIndex,
      int keyRef,
      boolean hasStringKey,
      int action,
      boolean insert,
      boolean expand) {
    ensureCapacity(size + 1);
    int row = size++;
    set(row, opId, objectIndex, keyRef, hasStringKey, action, insert, expand);
    return row;
  }

  /** Makes {@code count} rows that are filled by {@link #set} later. */
  public void appendUnset(int count) {
    ensureCapacity(size + count);
    Arrays.fill(object, size, size + count, NONE);
    size += count;
  }

  public boolean isSet(int row) {
    return object[row] != NONE;
  }

  public void set(
      int row,
      long opId,
      int objectIndex,
      int keyRef,
      boolean hasStringKey,
      int action,
      boolean insert,
      boolean expand) {
    id[row] = opId;
    object[row] = objectIndex;
    key[row] = keyRef;
    info[row] =
        (byte)
            (action
                | (insert ? INSERT : 0)
                | (expand ? EXPAND : 0)
                | (hasStringKey ? STRING_KEY : 0));
    valueMeta[row] = 0;
    value[row] = 0;
    pred[row] = NONE;
    succ[row] = NONE;
    next[row] = NONE;
  }

  /** Forgets the last row; its value bytes stay in the heap until the document is loaded anew. */
  public void removeLast() {
    size--;
    lists.free(pred[size]);
    lists.free(succ[size]);
  }

  public long id(int row) {
    return id[row];
  }

  /** Index of the object that the operation acts on; 0 is the root. */
  public int object(int row) {
    return object[row];
  }

  /** Key number in maps; row of the reference element in sequences, or {@link #HEAD}. */
  public int key(int row) {
    return key[row];
  }

  public boolean hasStringKey(int row) {
    return (info[row] & STRING_KEY) != 0;
  }

  public int action(int row) {
    return info[row] & ACTION_MASK;
  }

  public boolean isInsert(int row) {
    return (info[row] & INSERT) != 0;
  }

  public boolean isExpand(int row) {
    return (info[row] & EXPAND) != 0;
  }

  /** True when a successor hides the operation; increments do not hide a counter. */
  public boolean isHidden(int row) {
    return (info[row] & HIDDEN) != 0;
  }

  public void setHidden(int row, boolean hidden) {
    info[row] = (byte) (hidden ? info[row] | HIDDEN : info[row] & ~HIDDEN);
  }

  /**
   * The element an operation on a sequence belongs to: itself when it inserts, its key otherwise.
   */
  public int element(int row) {
    return isInsert(row) ? row : key[row];
  }

  /** Next row of the same list of a register. */
  public int next(int row) {
    return next[row];
  }

  public void setNext(int row, int nextRow) {
    next[row] = nextRow;
  }

  // Values.

  /** {@code length << 4 | type code}. */
  public int valueMeta(int row) {
    return valueMeta[row];
  }

  public int valueType(int row) {
    return valueMeta[row] & 15;
  }

  public int valueLength(int row) {
    return valueMeta[row] >>> 4;
  }

  public void setValue(int row, int meta, byte[] source, int offset) {
    int length = meta >>> 4;
    valueMeta[row] = meta;
    if (length <= 8) {
      long packed = 0;
      for (int i = length - 1; i >= 0; i--) {
        packed = packed << 8 | (source[offset + i] & 0xFF);
      }
      value[row] = packed;
    } else {
      if (heap.length - heapSize < length) {
        heap =
            Arrays.copyOf(
                heap, Math.max(Math.addExact(heapSize, length), heap.length + (heap.length >> 1)));
      }
      System.arraycopy(source, offset, heap, heapSize, length);
      value[row] = heapSize;
      heapSize += length;
    }
  }

  /** Sets a value of at most 8 bytes, least significant byte first. */
  public void setShortValue(int row, int meta, long packed) {
    valueMeta[row] = meta;
    value[row] = packed;
  }

  /** The bytes of a value of at most 8 bytes, least significant first. */
  public long shortValue(int row) {
    return value[row];
  }

  /** Where the bytes of a value above 8 bytes begin in {@link #heap()}. */
  public int heapOffset(int row) {
    return (int) value[row];
  }

  public byte[] heap() {
    return heap;
  }

  public boolean sameValue(int a, int b) {
    if (valueMeta[a] != valueMeta[b]) {
      return false;
    }
    int length = valueLength(a);
    return length <= 8
        ? value[a] == value[b]
        : Arrays.equals(
            heap,
            (int) value[a],
            (int) value[a] + length,
            heap,
            (int) value[b],
            (int) value[b] + length);
  }

  // Predecessors and successors.

  public int predCount(int row) {
    return lists.count(pred[row]);
  }

  public int pred(int row, int index) {
    return lists.get(pred[row], index);
  }

  public void addPred(int row, int predRow) {
    pred[row] = lists.append(pred[row], predRow);
  }

  public int succCount(int row) {
    return lists.count(succ[row]);
  }

  public int succ(int row, int index) {
    return lists.get(succ[row], index);
  }

  /** Appends a successor; the caller keeps the order (see {@link #insertSucc}). */
  public void appendSucc(int row, int succRow) {
    succ[row] = lists.append(succ[row], succRow);
  }

  /** Adds a successor at its place in the order of operation ids. */
  public void insertSucc(int row, int succRow, ActorTable actors) {
    int count = lists.count(succ[row]);
    int at = count;
    if (count > 0 && actors.compare(id[lists.get(succ[row], count - 1)], id[succRow]) > 0) {
      at = firstSuccAfter(row, count, id[succRow], actors);
      addWork(1 + (count - at) / 8);
    }
    succ[row] = lists.insert(succ[row], at, succRow);
  }

  private int firstSuccAfter(int row, int count, long opId, ActorTable actors) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = low + high >>> 1;
      if (actors.compare(id[lists.get(succ[row], middle)], opId) > 0) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** Counts steps of searches whose length a hostile author can choose. */
  void addWork(long steps) {
    work += steps;
  }

  /** Steps counted since the last {@link #resetWork}. */
  long work() {
    return work;
  }

  void resetWork() {
    work = 0;
  }

  public void removeSucc(int row, int succRow) {
    succ[row] = lists.remove(succ[row], succRow);
  }

  /** Adds a predecessor at its place in the order of operation ids. */
  public void insertPred(int row, int predRow, ActorTable actors) {
    int at = lists.count(pred[row]);
    while (at > 0 && actors.compare(id[lists.get(pred[row], at - 1)], id[predRow]) > 0) {
      at--;
    }
    pred[row] = lists.insert(pred[row], at, predRow);
  }
}
