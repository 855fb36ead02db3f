package org.peerstead.simulation.network;

import java.util.Arrays;

/**
 * A map from long to long without objects: open addressing, linear probing. The value {@link
 * #MISSING} cannot be stored.
 */
final class LongTable {
  static final long MISSING = Long.MIN_VALUE;

  private static final int FIRST_CAPACITY = 8;

  private long[] keys = new long[FIRST_CAPACITY];
  private long[] values = missing(FIRST_CAPACITY);
  private int size;

  private static long[] missing(int capacity) {
    long[] array = new long[capacity];
    Arrays.fill(array, MISSING);
    return array;
  }

  int size() {
    return size;
  }

  long get(long key) {
    return values[find(key)];
  }

  void put(long key, long value) {
    int at = find(key);
    if (values[at] == MISSING) {
      if (2 * (size + 1) > keys.length) {
        rebuild(2 * keys.length, MISSING);
        at = find(key);
      }
      size++;
      keys[at] = key;
    }
    values[at] = value;
  }

  void remove(long key) {
    int hole = find(key);
    if (values[hole] == MISSING) {
      return;
    }
    size--;
    int mask = keys.length - 1;
    // Moves up what would no longer be found behind the hole.
    for (int at = hole + 1 & mask; values[at] != MISSING; at = at + 1 & mask) {
      int home = slot(keys[at]);
      if ((at - home & mask) >= (at - hole & mask)) {
        keys[hole] = keys[at];
        values[hole] = values[at];
        hole = at;
      }
    }
    values[hole] = MISSING;
  }

  /** Removes all entries with a value below {@code limit}. */
  void removeBelow(long limit) {
    rebuild(keys.length, limit);
  }

  private void rebuild(int capacity, long limit) {
    long[] oldKeys = keys;
    long[] oldValues = values;
    keys = new long[capacity];
    values = missing(capacity);
    size = 0;
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldValues[i] != MISSING && oldValues[i] >= limit) {
        int at = find(oldKeys[i]);
        keys[at] = oldKeys[i];
        values[at] = oldValues[i];
        size++;
      }
    }
  }

  private int find(long key) {
    int mask = keys.length - 1;
    int at = slot(key);
    while (values[at] != MISSING && keys[at] != key) {
      at = at + 1 & mask;
    }
    return at;
  }

  private int slot(long key) {
    long mixed = key * 0x9E3779B97F4A7C15L;
    return (int) (mixed >>> 32) & keys.length - 1;
  }
}
