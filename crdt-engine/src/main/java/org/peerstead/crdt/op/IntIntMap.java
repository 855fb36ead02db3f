package org.peerstead.crdt.op;

import java.util.Arrays;

/** A map from rows to small numbers; open addressing, no removal but of the latest entries. */
final class IntIntMap {
  private static final int EMPTY = -1;
  private static final int REMOVED = -2;
  private int[] keys = new int[4];
  private int[] values = new int[4];
  private int used;

  IntIntMap() {
    Arrays.fill(keys, EMPTY);
  }

  long retainedBytes() {
    return keys.length * 8L;
  }

  /** The value, or -1. */
  int get(int key) {
    int mask = keys.length - 1;
    for (int slot = mix(key) & mask; keys[slot] != EMPTY; slot = slot + 1 & mask) {
      if (keys[slot] == key) {
        return values[slot];
      }
    }
    return -1;
  }

  void put(int key, int value) {
    if ((used + 1) * 3 > keys.length * 2) {
      int[] oldKeys = keys;
      int[] oldValues = values;
      keys = new int[oldKeys.length * 2];
      values = new int[keys.length];
      Arrays.fill(keys, EMPTY);
      used = 0;
      for (int i = 0; i < oldKeys.length; i++) {
        if (oldKeys[i] >= 0) {
          put(oldKeys[i], oldValues[i]);
        }
      }
    }
    int mask = keys.length - 1;
    int slot = mix(key) & mask;
    while (keys[slot] >= 0 && keys[slot] != key) {
      slot = slot + 1 & mask;
    }
    if (keys[slot] == EMPTY) {
      used++;
    }
    keys[slot] = key;
    values[slot] = value;
  }

  void remove(int key) {
    int mask = keys.length - 1;
    for (int slot = mix(key) & mask; keys[slot] != EMPTY; slot = slot + 1 & mask) {
      if (keys[slot] == key) {
        keys[slot] = REMOVED;
        return;
      }
    }
  }

  private static int mix(int key) {
    int h = key * 0x9E3779B9;
    return h ^ h >>> 15;
  }
}
