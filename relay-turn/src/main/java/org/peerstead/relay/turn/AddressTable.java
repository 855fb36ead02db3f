package org.peerstead.relay.turn;

import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A hash table with open addressing for what is found by an address and a number. The values hold
 * their own keys, so that an entry costs eight bytes and a search allocates nothing. Empty tables
 * hold no arrays. Not thread-safe.
 */
final class AddressTable<V extends AddressTable.Keyed> {
  /** What can be kept here. The key must not change while it is. */
  interface Keyed {
    long high();

    long low();

    int tag();
  }

  private static final int FIRST_CAPACITY = 4;

  /** Makes the places of keys unknown to who chooses the keys. */
  private final long salt;

  private int[] hashes = new int[0];
  private @Nullable Object[] values = new Object[0];
  private int size;

  AddressTable(long salt) {
    this.salt = salt;
  }

  int size() {
    return size;
  }

  @Nullable V find(long high, long low, int tag) {
    if (size == 0) {
      return null;
    }
    int hash = hash(high, low, tag);
    int mask = hashes.length - 1;
    for (int at = hash & mask; ; at = (at + 1) & mask) {
      V value = valueAt(at);
      if (value == null) {
        return null;
      }
      if (hashes[at] == hash && isKey(value, high, low, tag)) {
        return value;
      }
    }
  }

  /** Adds a value whose key is not here yet. */
  void add(V value) {
    if ((size + 1) * 4 > hashes.length * 3) {
      grow();
    }
    insert(hash(value.high(), value.low(), value.tag()), value);
    size++;
  }

  /** Takes a value out; false when it was not here. */
  boolean remove(V value) {
    if (size == 0) {
      return false;
    }
    int mask = hashes.length - 1;
    for (int at = hash(value.high(), value.low(), value.tag()) & mask; ; at = (at + 1) & mask) {
      V found = valueAt(at);
      if (found == null) {
        return false;
      }
      if (found == value) {
        removeAt(at);
        return true;
      }
    }
  }

  void forEach(Consumer<V> action) {
    for (int at = 0; at < values.length; at++) {
      V value = valueAt(at);
      if (value != null) {
        action.accept(value);
      }
    }
  }

  void removeIf(Predicate<V> condition) {
    for (int at = 0; at < values.length; ) {
      V value = valueAt(at);
      if (value != null && condition.test(value)) {
        // Another value may have moved here.
        removeAt(at);
      } else {
        at++;
      }
    }
    if (size == 0) {
      hashes = new int[0];
      values = new Object[0];
    }
  }

  private void removeAt(int removed) {
    int mask = hashes.length - 1;
    int hole = removed;
    for (int at = (hole + 1) & mask; values[at] != null; at = (at + 1) & mask) {
      int wanted = hashes[at] & mask;
      if (((at - wanted) & mask) >= ((at - hole) & mask)) {
        values[hole] = values[at];
        hashes[hole] = hashes[at];
        hole = at;
      }
    }
    values[hole] = null;
    size--;
  }

  private void grow() {
    @Nullable Object[] oldValues = values;
    int[] oldHashes = hashes;
    int capacity = Math.max(FIRST_CAPACITY, oldHashes.length * 2);
    values = new Object[capacity];
    hashes = new int[capacity];
    for (int i = 0; i < oldValues.length; i++) {
      Object value = oldValues[i];
      if (value != null) {
        insert(oldHashes[i], value);
      }
    }
  }

  private void insert(int hash, Object value) {
    int mask = hashes.length - 1;
    int at = hash & mask;
    while (values[at] != null) {
      at = (at + 1) & mask;
    }
    values[at] = value;
    hashes[at] = hash;
  }

  @SuppressWarnings("unchecked")
  private @Nullable V valueAt(int at) {
    return (V) values[at];
  }

  private static boolean isKey(Keyed value, long high, long low, int tag) {
    return value.low() == low && value.high() == high && value.tag() == tag;
  }

  private int hash(long high, long low, int tag) {
    long mixed = (low ^ salt) * 0x9E37_79B9_7F4A_7C15L;
    mixed = (mixed ^ (mixed >>> 29) ^ high) * 0xBF58_476D_1CE4_E5B9L;
    mixed = (mixed ^ (mixed >>> 32) ^ tag) * 0x94D0_49BB_1331_11EBL;
    return (int) (mixed ^ (mixed >>> 31));
  }
}
