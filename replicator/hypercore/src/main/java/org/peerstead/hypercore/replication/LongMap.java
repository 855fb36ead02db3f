package org.peerstead.hypercore.replication;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A hash table with keys that are not boxed. Open addressing, linear probing. Keys are not -1. */
final class LongMap<V> {
  private static final long FREE = -1;

  private long[] keys = {};
  private @Nullable Object[] values = {};
  private int size;

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  @SuppressWarnings("unchecked")
  @Nullable V get(long key) {
    if (size == 0) {
      return null;
    }
    int slot = find(key);
    return keys[slot] == key ? (V) values[slot] : null;
  }

  void put(long key, V value) {
    if (2 * (size + 1) > keys.length) {
      grow();
    }
    int slot = find(key);
    if (keys[slot] != key) {
      keys[slot] = key;
      size++;
    }
    values[slot] = value;
  }

  void remove(long key) {
    if (size == 0) {
      return;
    }
    int slot = find(key);
    if (keys[slot] != key) {
      return;
    }
    size--;
    if (size == 0 && keys.length > 16) {
      // Given back, so that an idle core costs nothing.
      keys = new long[0];
      values = new Object[0];
      return;
    }
    int mask = keys.length - 1;
    int hole = slot;
    for (int next = (hole + 1) & mask; keys[next] != FREE; next = (next + 1) & mask) {
      int home = home(keys[next]);
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        keys[hole] = keys[next];
        values[hole] = values[next];
        hole = next;
      }
    }
    keys[hole] = FREE;
    values[hole] = null;
  }

  /** Calls back for each value; the map must not change meanwhile. */
  @SuppressWarnings("unchecked")
  void forEach(Consumer<V> visitor) {
    for (int i = 0; i < keys.length; i++) {
      Object value = values[i];
      if (keys[i] != FREE && value != null) {
        visitor.accept((V) value);
      }
    }
  }

  void clear() {
    keys = new long[0];
    values = new Object[0];
    size = 0;
  }

  private int find(long key) {
    int mask = keys.length - 1;
    int slot = home(key);
    while (keys[slot] != FREE && keys[slot] != key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private int home(long key) {
    long hash = key * 0x9e3779b97f4a7c15L;
    return (int) (hash >>> 32) & (keys.length - 1);
  }

  private void grow() {
    long[] oldKeys = keys;
    @Nullable Object[] oldValues = values;
    int capacity = Math.max(16, oldKeys.length * 2);
    keys = new long[capacity];
    Arrays.fill(keys, FREE);
    values = new Object[capacity];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != FREE) {
        int slot = find(oldKeys[i]);
        keys[slot] = oldKeys[i];
        values[slot] = oldValues[i];
      }
    }
  }
}
