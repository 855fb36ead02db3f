package org.peerstead.crdt.op;

import java.util.Arrays;
import org.peerstead.crdt.model.ChangeHash;

/** Change hashes in order of arrival, 32 bytes each, with a lookup by hash. Grows only. */
final class HashIndex {
  private static final int SIZE = ChangeHash.SIZE;
  private byte[] hashes;
  private int[] slots;
  private int size;

  HashIndex(int expected) {
    hashes = new byte[Math.max(4, expected) * SIZE];
    int capacity = 8;
    while (capacity < expected * 2) {
      capacity *= 2;
    }
    slots = new int[capacity];
    Arrays.fill(slots, -1);
  }

  int size() {
    return size;
  }

  long retainedBytes() {
    return hashes.length + slots.length * 4L;
  }

  ChangeHash get(int index) {
    return ChangeHash.of(hashes, index * SIZE);
  }

  void copyTo(int index, byte[] target, int offset) {
    System.arraycopy(hashes, index * SIZE, target, offset, SIZE);
  }

  byte[] array() {
    return hashes;
  }

  static int offset(int index) {
    return index * SIZE;
  }

  /** Index of the hash at {@code offset}, or -1. */
  int find(byte[] source, int offset) {
    int mask = slots.length - 1;
    for (int slot = first(source, offset) & mask; slots[slot] >= 0; slot = slot + 1 & mask) {
      int at = slots[slot] * SIZE;
      if (Arrays.equals(hashes, at, at + SIZE, source, offset, offset + SIZE)) {
        return slots[slot];
      }
    }
    return -1;
  }

  int find(ChangeHash hash) {
    return find(hash.toBytes(), 0);
  }

  /** Adds a hash that is not there yet and returns its index. */
  int add(byte[] source, int offset) {
    if ((size + 1) * SIZE > hashes.length) {
      hashes =
          Arrays.copyOf(hashes, Math.max((size + 1) * SIZE, hashes.length + (hashes.length >> 1)));
    }
    System.arraycopy(source, offset, hashes, size * SIZE, SIZE);
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
    int slot = first(hashes, index * SIZE) & mask;
    while (slots[slot] >= 0) {
      slot = slot + 1 & mask;
    }
    slots[slot] = index;
  }

  private static int first(byte[] source, int offset) {
    int h =
        (source[offset] & 0xFF)
            | (source[offset + 1] & 0xFF) << 8
            | (source[offset + 2] & 0xFF) << 16
            | source[offset + 3] << 24;
    return h ^ h >>> 16;
  }
}
