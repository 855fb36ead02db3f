package org.peerstead.crdt.op;

import java.util.Arrays;

/**
 * Lists of rows named by one int: -1 is the empty list, a row is the list of that row alone, {@code
 * -2 - n} is the n-th longer list. Most lists are empty or have one row and take no memory here.
 */
final class RowLists {
  private int[][] lists = new int[4][];
  private int[] sizes = new int[4];
  private int count;
  private long ints;

  long retainedBytes() {
    return lists.length * 8L + ints * 4;
  }

  int count(int ref) {
    return ref == OpColumns.NONE ? 0 : ref >= 0 ? 1 : sizes[-2 - ref];
  }

  int get(int ref, int index) {
    return ref >= 0 ? ref : lists[-2 - ref][index];
  }

  int append(int ref, int row) {
    return insert(ref, count(ref), row);
  }

  int insert(int ref, int index, int row) {
    if (ref == OpColumns.NONE) {
      return row;
    }
    if (ref >= 0) {
      if (count == lists.length) {
        lists = Arrays.copyOf(lists, count * 2);
        sizes = Arrays.copyOf(sizes, count * 2);
      }
      lists[count] = index == 0 ? new int[] {row, ref, 0} : new int[] {ref, row, 0};
      ints += 3;
      sizes[count] = 2;
      return -2 - count++;
    }
    int n = -2 - ref;
    int size = sizes[n];
    if (size == lists[n].length) {
      ints += size;
      lists[n] = Arrays.copyOf(lists[n], size * 2);
    }
    System.arraycopy(lists[n], index, lists[n], index + 1, size - index);
    lists[n][index] = row;
    sizes[n] = size + 1;
    return ref;
  }

  int remove(int ref, int row) {
    if (ref >= 0) {
      return ref == row ? OpColumns.NONE : ref;
    }
    if (ref == OpColumns.NONE) {
      return ref;
    }
    int n = -2 - ref;
    int size = sizes[n];
    for (int i = size - 1; i >= 0; i--) {
      if (lists[n][i] == row) {
        System.arraycopy(lists[n], i + 1, lists[n], i, size - i - 1);
        sizes[n] = size - 1;
        break;
      }
    }
    if (sizes[n] == 1) {
      int rest = lists[n][0];
      free(ref);
      return rest;
    }
    return ref;
  }

  /** Gives up the last list made, so that undoing operations leaves nothing behind. */
  void free(int ref) {
    if (ref <= -2 && -2 - ref == count - 1) {
      count--;
      ints -= lists[count].length;
      lists[count] = EMPTY;
    }
  }

  private static final int[] EMPTY = {};
}
