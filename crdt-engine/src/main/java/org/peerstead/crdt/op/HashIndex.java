package org.peerstead.crdt.op;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.peerstead.crdt.model.ChangeHash;

/**
 * Change hashes in order of arrival, four words of 8 bytes each, with a lookup by hash. Grows only.
 */
final class HashIndex {
  private static final int WORDS = 4;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private long[] words;
  private int[] slots;
  private int size;

  HashIndex(int expected) {
    words = new long[Math.max(4, expected) * WORDS];
    int capacity = 8;
    while (capacity * 2 < expected * 3) {
      capacity *= 2;
    }
    slots = new int[capacity];
    Arrays.fill(slots, -1);
  }

  int size() {
    return size;
  }

  long retainedBytes() {
    return words.length * 8L + slots.length * 4L;
  }

  ChangeHash get(int index) {
    int at = index * WORDS;
    return ChangeHash.ofWords(words[at], words[at + 1], words[at + 2], words[at + 3]);
  }

  /** Writes 32 bytes at {@code offset}. */
  void copyTo(int index, byte[] target, int offset) {
    for (int i = 0; i < WORDS; i++) {
      LONG.set(target, offset + i * 8, words[index * WORDS + i]);
    }
  }

  /** Order of two hashes as unsigned bytes. */
  int compare(int a, int b) {
    for (int i = 0; i < WORDS; i++) {
      int order = Long.compareUnsigned(words[a * WORDS + i], words[b * WORDS + i]);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  /** Index of the hash at {@code offset}, or -1. */
  int find(byte[] source, int offset) {
    return find(
        word(source, offset, 0),
        word(source, offset, 1),
        word(source, offset, 2),
        word(source, offset, 3));
  }

  /** Index of a hash, or -1. */
  int find(ChangeHash hash) {
    return find(hash.word(0), hash.word(1), hash.word(2), hash.word(3));
  }

  private int find(long a, long b, long c, long d) {
    int mask = slots.length - 1;
    for (int slot = first(a) & mask; slots[slot] >= 0; slot = slot + 1 & mask) {
      int at = slots[slot] * WORDS;
      if (words[at] == a && words[at + 1] == b && words[at + 2] == c && words[at + 3] == d) {
        return slots[slot];
      }
    }
    return -1;
  }

  /** Adds a hash that is not there yet and returns its index. */
  int add(byte[] source, int offset) {
    int at = size * WORDS;
    if (at == words.length) {
      words = Arrays.copyOf(words, (size + (size >> 1)) * WORDS);
    }
    for (int i = 0; i < WORDS; i++) {
      words[at + i] = word(source, offset, i);
    }
    if ((size + 1) * 3 > slots.length * 2) {
      slots = new int[slots.length * 2];
      Arrays.fill(slots, -1);
      for (int i = 0; i < size; i++) {
        place(i);
      }
    }
    place(size);
    return size++;
  }

  private void place(int index) {
    int mask = slots.length - 1;
    int slot = first(words[index * WORDS]) & mask;
    while (slots[slot] >= 0) {
      slot = slot + 1 & mask;
    }
    slots[slot] = index;
  }

  private static long word(byte[] source, int offset, int index) {
    return (long) LONG.get(source, offset + index * 8);
  }

  private static int first(long word) {
    return (int) (word ^ word >>> 32);
  }
}
